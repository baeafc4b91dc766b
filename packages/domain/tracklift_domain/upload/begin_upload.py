"""Begins an upload that may be sent in several parts."""

from contextlib import suppress
from dataclasses import dataclass, replace

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionExistsError, ConversionNotFoundError
from tracklift_domain.conversion.file_name import clean_file_name
from tracklift_domain.conversion.optimistic_update import remove_conversion
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.source_video import ResumableUpload, SourceVideo
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.media.ports import GrowingMedia
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_domain.upload.accepting import RACE_LASTS
from tracklift_domain.upload.earlier_upload import find_earlier, hold_left, may_have_been_sent_as
from tracklift_domain.upload.errors import (
    EmptyUploadError,
    IdempotencyKeyReusedError,
    UploadGoneError,
    UploadInProgressError,
)
from tracklift_domain.upload.new_uploads import NewUploads
from tracklift_domain.upload.resumable_upload import UploadStatus
from tracklift_domain.upload.upload_quotas import UploadQuotas
from tracklift_domain.user.access.caller import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedUpload:
    """An upload as the client announces it."""

    length: int
    """Size of the whole video in bytes."""
    name: str | None
    """As the client gave it: any text."""
    options: AudioOptions
    note: str = ""
    """A text of the client's, returned unchanged with the upload's status."""
    is_sound_extract: bool = False
    idempotency_key: str | None = None
    """Chosen by the client: a second request with the same key means the same upload."""


class BeginUpload:
    """Creates the record of an upload, to which bytes can then be appended. Invalid uploads are refused right away."""

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        growing: GrowingMedia,
        feed: UpdateFeed,
        clock: Clock,
        new_uploads: NewUploads,
        quotas: UploadQuotas,
        retention: RetentionPolicy,
    ) -> None:
        self._conversions = conversions
        self._growing = growing
        self._feed = feed
        self._clock = clock
        self._new_uploads = new_uploads
        self._quotas = quotas
        self._retention = retention

    async def __call__(self, caller: Caller, wanted: WantedUpload) -> UploadStatus:
        """Begin an upload, or return the earlier one with the same idempotency key, however far it has got.

        Raises:
            EmptyUploadError: the declared length is zero.
            MediaTooLargeError: the declared length exceeds the limit.
            TooManyConversionsError: the caller has too many unfinished conversions.
            QuotaExceededError: the upload would exceed another of the caller's limits.
            IdempotencyKeyReusedError: the key belongs to another length or other options, or to an upload in progress
                under another name.
            UploadInProgressError: the key belongs to an upload that is sent in one request, or that has just ended.
            UploadGoneError: the key belongs to an upload that expired or was cancelled.
        """
        if wanted.length == 0:
            raise EmptyUploadError
        earlier = await self._find_earlier(caller, wanted)
        if earlier is not None:
            return earlier
        limits = await self._quotas.require_room(caller.user_id, wanted.length)
        begun = await self._make(caller, wanted)
        try:
            await self._conversions.add(begun)
        except ConversionExistsError as error:
            # Another request with this key was faster.
            earlier = await self._find_earlier(caller, wanted)
            if earlier is None:
                raise UploadInProgressError(begun.id, RACE_LASTS) from error
            return earlier
        try:
            await self._quotas.hold(begun, limits)
        except BaseException:
            await run_to_completion(self._take_back(begun))
            raise
        await self._feed.publish(ConversionUpdate.of(begun))
        return UploadStatus.of(begun, 0)

    async def _find_earlier(self, caller: Caller, wanted: WantedUpload) -> UploadStatus | None:
        name = clean_file_name(wanted.name)
        earlier = await find_earlier(
            self._conversions,
            caller.user_id,
            wanted.idempotency_key,
            lambda each: may_have_been_sent_as(each, name),
        )
        if earlier is None:
            return None
        if earlier.state is not ConversionState.UPLOADING:
            if earlier.source.size is None:
                raise UploadGoneError(earlier.id)
            if earlier.source.size != wanted.length or earlier.options != wanted.options:
                raise IdempotencyKeyReusedError
            return UploadStatus.of(earlier, earlier.source.size)
        if earlier.upload is None:
            raise UploadInProgressError(earlier.id, hold_left(earlier, self._clock.now()))
        if earlier.upload.length != wanted.length or earlier.options != wanted.options:
            raise IdempotencyKeyReusedError
        return UploadStatus.of(earlier, await self._growing.size(earlier.source_media_id))

    async def _make(self, caller: Caller, wanted: WantedUpload) -> Conversion:
        source = SourceVideo(name=clean_file_name(wanted.name), is_sound_extract=wanted.is_sound_extract)
        begun = await self._new_uploads(
            caller,
            source,
            lasts=self._retention.resumable_upload,
            idempotency_key=wanted.idempotency_key,
        )
        upload = ResumableUpload(length=wanted.length, note=wanted.note)
        return replace(begun, options=wanted.options, upload=upload)

    async def _take_back(self, begun: Conversion) -> None:
        with suppress(ConversionNotFoundError):
            await remove_conversion(self._conversions, begun.id)
