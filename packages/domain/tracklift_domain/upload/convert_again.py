"""Makes another conversion of a video that is already stored."""

import logging
from dataclasses import dataclass, replace
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    InvalidTransitionError,
    SourceGoneError,
    StaleConversionError,
)
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.lease import Lease
from tracklift_domain.conversion.optimistic_update import change_conversion, get_owned
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.removal.media_cleanup import discard_media
from tracklift_domain.conversion.source_media import describe_source
from tracklift_domain.conversion.source_video import SourceVideo
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaNotFoundError
from tracklift_domain.media.ports import MediaStore
from tracklift_domain.upload.accepting import accept_or_take_back
from tracklift_domain.upload.earlier_upload import find_earlier, hold_left
from tracklift_domain.upload.errors import UploadInProgressError
from tracklift_domain.upload.new_uploads import NewUploads
from tracklift_domain.upload.take_back_record import take_back_record
from tracklift_domain.upload.upload_quotas import UploadQuotas
from tracklift_domain.user.access.caller import Caller

_log = logging.getLogger(__name__)
_DOUBT = 1.0
"""Seconds by which the audio may be longer than the recorded duration, which may come from the video's index."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnotherConversion:
    """What the caller wants from the new conversion."""

    options: AudioOptions
    idempotency_key: str | None = None
    """Chosen by the client: a second request with the same key means the same conversion."""


class ConvertAgain:
    """Queues a new conversion of another conversion's video, with other options and without an upload.

    The new record is stored first, as `uploading`; from then on it holds the video. Only then does this check whether
    the earlier conversion still holds it. Code that releases a video first stores the release and then looks for other
    holders. So either this finds the video gone, or the releasing code finds the new holder.
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

    async def __call__(
        self, caller: Caller, conversion_id: ConversionId, wanted: AnotherConversion
    ) -> Conversion:
        """Queue another conversion and return it, or the earlier one with the same idempotency key.

        Raises:
            ConversionNotFoundError: the caller has no such conversion.
            InvalidOptionError: the new MP3 would begin after the end of the audio, as far as that is known.
            InvalidTransitionError: the video is not completely uploaded yet.
            SourceGoneError: the video has been deleted.
            TooManyConversionsError: the caller has too many unfinished conversions.
            QuotaExceededError: the caller's storage is full, or this month's minutes of audio are used up.
            IdempotencyKeyReusedError: the key belongs to a conversion of another video or with other options.
            UploadInProgressError: a request with this key is in progress.
        """
        before = await get_owned(self._conversions, caller, conversion_id)
        _require_start_within_audio(before, wanted.options)
        earlier = await self._find_earlier(before, wanted)
        if earlier is not None:
            return earlier
        await self._require_source(before)
        limits = await self._quotas.require_room(caller.user_id)
        begun = await self._begin(caller, before, wanted)

        async def accept() -> Conversion:
            await self._conversions.add(begun)
            await self._quotas.hold(begun, limits)
            await self._require_source(await self._conversions.get(conversion_id))
            return await self._queue(begun)

        return await accept_or_take_back(
            begun,
            accept,
            find_earlier=lambda: self._find_earlier(before, wanted),
            take_back=self._take_back,
        )

    async def _find_earlier(self, before: Conversion, wanted: AnotherConversion) -> Conversion | None:
        earlier = await find_earlier(
            self._conversions,
            before.owner.user_id,
            wanted.idempotency_key,
            lambda each: each.uploaded_as == before.source_id and each.options == wanted.options,
        )
        if earlier is None or earlier.state is not ConversionState.UPLOADING:
            return earlier
        # Its request is in progress or was killed; it can't outlast its lease.
        left = hold_left(earlier, self._clock.now())
        if left > timedelta(0):
            raise UploadInProgressError(earlier.id, left)
        await self._take_back(earlier)
        return None

    async def _require_source(self, before: Conversion) -> None:
        if before.state is ConversionState.UPLOADING:
            raise InvalidTransitionError(before.id, before.state, "be converted again yet")
        if not before.holds_source:
            raise SourceGoneError(before.id)
        try:
            await describe_source(self._media, before)
        except MediaNotFoundError as error:
            raise SourceGoneError(before.id) from error

    async def _begin(self, caller: Caller, before: Conversion, wanted: AnotherConversion) -> Conversion:
        begun = await self._new_uploads(
            caller,
            SourceVideo(
                name=before.source.name,
                size=before.source.size,
                sha256=before.source.sha256,
                is_sound_extract=before.source.is_sound_extract,
            ),
            lasts=self._retention.upload_record,
            idempotency_key=wanted.idempotency_key,
        )
        return replace(
            begun,
            uploaded_as=before.source_id,
            options=wanted.options,
            lease=Lease(begun.id, begun.created_at + self._retention.upload_lease),
        )

    async def _queue(self, begun: Conversion) -> Conversion:
        queued = await change_conversion(
            self._conversions,
            begun.id,
            lambda stored: stored.queue_shared(self._clock.now()),
            lambda stored: [ConversionRequested.of(stored)],
        )
        await self._feed.publish(ConversionUpdate.of(queued))
        return queued

    async def _take_back(self, begun: Conversion) -> Conversion | None:
        """Remove the record; return the conversion if it was accepted after all (a lost confirmation)."""
        try:
            left = await take_back_record(self._conversions, begun)
            if left is not None:
                return left
            await discard_media(self._conversions, self._media, begun, removed=True)
        except (ServiceUnavailableError, StaleConversionError) as error:
            _log.warning("Conversion %s, which was not accepted, stays until it expires: %s", begun.id, error)
        return None


def _require_start_within_audio(before: Conversion, options: AudioOptions) -> None:
    known = before.source.duration
    # The recorded duration applies only to the same track, on a timeline that begins at the same point.
    is_same_timeline = (options.track, options.keep_delay) == (
        before.options.track,
        before.options.keep_delay,
    )
    if known is not None and is_same_timeline and options.start >= known + _DOUBT:
        raise InvalidOptionError(
            "start", f"lies behind the end of the audio, which is {known:.2f} seconds long."
        )
