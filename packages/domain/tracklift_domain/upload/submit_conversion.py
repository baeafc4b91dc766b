"""Accepts a video for conversion."""

import logging
from collections.abc import AsyncIterable, Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.file_name import clean_file_name
from tracklift_domain.conversion.lease import Lease
from tracklift_domain.conversion.optimistic_update import change_conversion
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.removal.media_cleanup import discard_removed
from tracklift_domain.conversion.source_video import SourceVideo
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.media.ports import MediaStore
from tracklift_domain.upload.accepting import RACE_LASTS, accept_or_take_back
from tracklift_domain.upload.arrival_reports import ArrivalReports
from tracklift_domain.upload.earlier_upload import find_earlier, hold_left, may_have_been_sent_as
from tracklift_domain.upload.errors import EmptyUploadError, IdempotencyKeyReusedError, UploadInProgressError
from tracklift_domain.upload.new_uploads import NewUploads
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.upload.take_back_record import take_back_record
from tracklift_domain.upload.upload_lease import HoldingTerms, UploadLease
from tracklift_domain.upload.upload_quotas import UploadQuotas
from tracklift_domain.upload.upload_stream import is_same_video, within_room
from tracklift_domain.user.access.caller import Caller

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoUpload:
    """A video that is being received."""

    name: str | None
    """As the client gave it: any text."""
    chunks: AsyncIterable[bytes]
    """The video. Raises `IncompleteUploadError` if the client disconnects before its end."""
    options: Callable[[], AudioOptions]
    """Returns the options. Called only after the video is received, since a form's fields may follow its file."""
    declared_size: int | None = None
    """Bytes, if the client declares the size in advance."""
    most_bytes: int | None = None
    """Upper bound in bytes, if only that is known: the size of the form that contains the video."""
    idempotency_key: str | None = None
    """Chosen by the client: a second upload with the same key is the same upload, sent again."""


class SubmitConversion:
    """Stores a video and queues its conversion. Once this has returned, the conversion is never lost.

    The record is stored first, as `uploading`, so that an upload that breaks off is known and cleaned up. The request
    holds the record with a lease: an upload that is sent again with the same key replaces one that no request holds.
    Then the bytes are stored, and one atomic write makes the conversion `queued` and puts its request into the outbox.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        media: MediaStore,
        feed: UpdateFeed,
        clock: Clock,
        new_uploads: NewUploads,
        quotas: UploadQuotas,
        retention: RetentionPolicy,
    ) -> None:
        self._conversions = conversions
        self._media = media
        self._feed = feed
        self._clock = clock
        self._new_uploads = new_uploads
        self._quotas = quotas
        self._retention = retention

    async def __call__(self, caller: Caller, upload: VideoUpload) -> Conversion:
        """Accept a video; return the queued conversion, or the earlier one with the same idempotency key.

        If this raises, neither the record nor the bytes of the upload stay behind; if the storage can't be reached to
        remove them, they go when the upload expires. Only a cancellation may be raised after the conversion was
        accepted.

        Raises:
            MediaTooLargeError: the video exceeds, or is declared to exceed, the limit.
            EmptyUploadError: the video has no bytes.
            IncompleteUploadError: the upload broke off, or stalled for too long.
            InvalidOptionError: from `upload.options`.
            TooManyConversionsError: the caller has too many unfinished conversions.
            QuotaExceededError: the video exceeds, or would exceed, another of the caller's limits.
            IdempotencyKeyReusedError: the key belongs to other bytes or options, or to an upload in progress under
                another name.
            UploadInProgressError: an upload with this key is in progress.
            InvalidTransitionError: the conversion was cancelled or deleted during the upload.
            OutOfSpaceError: the media store is full.
            ServiceUnavailableError: the storage can't be reached.
        """
        name = clean_file_name(upload.name)
        earlier = await self._find_earlier(caller, upload, name)
        if earlier is not None:
            return earlier
        limits = await self._quotas.require_room(caller.user_id, upload.declared_size)
        begun = await self._begin(caller, upload, name)

        async def accept() -> Conversion:
            await self._conversions.add(begun)
            room = await self._quotas.hold(begun, limits)
            return await self._receive(begun, upload, limits, room)

        return await accept_or_take_back(
            begun,
            accept,
            find_earlier=lambda: self._find_earlier(caller, upload, name),
            take_back=self._take_back,
        )

    async def _find_earlier(self, caller: Caller, upload: VideoUpload, name: str) -> Conversion | None:
        earlier = await find_earlier(
            self._conversions,
            caller.user_id,
            upload.idempotency_key,
            lambda each: may_have_been_sent_as(each, name),
        )
        if earlier is None:
            return None
        if earlier.state is ConversionState.UPLOADING:
            await self._take_over(earlier)
            return None
        # The upload was cancelled before it was complete, so there are no bytes to compare.
        if earlier.source.sha256 is None:
            return earlier
        is_same = await is_same_video(upload.chunks, earlier.source, self._retention.idle_upload)
        if not is_same or upload.options() != earlier.options:
            raise IdempotencyKeyReusedError
        return earlier

    async def _take_over(self, earlier: Conversion) -> None:
        """Remove an upload that no request holds any more, for instance because its gateway was killed.

        Raises:
            UploadInProgressError: a request still holds it.
        """
        left = hold_left(earlier, self._clock.now())
        if left > timedelta(0):
            raise UploadInProgressError(earlier.id, left)
        try:
            await self._conversions.remove(earlier)
        except ConversionNotFoundError:
            return
        except StaleConversionError as error:
            raise UploadInProgressError(earlier.id, RACE_LASTS) from error
        _log.info("Upload %s is sent again; what came of it is dropped.", earlier.id)
        await discard_removed(self._conversions, self._media, self._feed, earlier)

    async def _begin(self, caller: Caller, upload: VideoUpload, name: str) -> Conversion:
        begun = await self._new_uploads(
            caller,
            SourceVideo(name=name),
            lasts=self._retention.upload_record,
            idempotency_key=upload.idempotency_key,
        )
        reserved = upload.most_bytes if upload.declared_size is None else upload.declared_size
        lease = Lease(begun.id, begun.created_at + self._retention.upload_lease)
        return replace(begun, reserved_bytes=reserved, lease=lease)

    async def _receive(
        self, begun: Conversion, upload: VideoUpload, limits: UploadLimits, room: int | None
    ) -> Conversion:
        terms = HoldingTerms.of_whole_uploads(self._retention)
        hold = UploadLease(begun, self._conversions, self._clock, terms)
        if begun.reserved_bytes is not None:
            room = None  # The record already reserves the room.
        arriving = within_room(
            upload.chunks, room, lambda: self._quotas.storage_exceeded(begun, limits, left=room or 0)
        )
        reports = ArrivalReports(begun, feed=self._feed, clock=self._clock, length=upload.declared_size)
        stored = await hold.receive(
            reports.passing(arriving),
            lambda chunks: self._media.write(begun.source_media_id, chunks, largest=limits.largest_video),
        )
        if stored.size == 0:
            raise EmptyUploadError
        options = upload.options()
        if room is not None:
            await self._reserve(begun, stored.size, limits)
        queued = await hold.queue(
            lambda uploading: uploading.queue(
                self._clock.now(), size=stored.size, sha256=stored.sha256, options=options
            ),
            lambda queued: [ConversionRequested.of(queued)],
        )
        await self._feed.publish(ConversionUpdate.of(queued))
        return queued

    async def _reserve(self, begun: Conversion, size: int, limits: UploadLimits) -> None:
        """Reserve room for a video whose size is now known. Raises `QuotaExceededError` if others have taken it."""
        reserved = await change_conversion(
            self._conversions, begun.id, lambda stored: stored.reserve(self._clock.now(), size=size)
        )
        await self._quotas.hold(reserved, limits)

    async def _take_back(self, begun: Conversion) -> Conversion | None:
        """Remove record and bytes; return the conversion if it was accepted after all (a lost confirmation)."""
        try:
            left = await take_back_record(self._conversions, begun)
            if left is not None and left.source.size is not None:
                return left
            if left is None:
                await self._feed.publish(ConversionUpdate.of_deleted(begun))
            await self._media.delete(begun.source_media_id)
        except (ServiceUnavailableError, StaleConversionError) as error:
            _log.warning("The broken-off upload %s stays until it expires: %s", begun.id, error)
        return None
