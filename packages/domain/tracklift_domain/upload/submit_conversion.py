"""Takes in a video."""

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
    """A video that is on its way in."""

    name: str | None
    """As the client gave it: any text."""
    chunks: AsyncIterable[bytes]
    """The video. Raises `IncompleteUploadError` when the client goes away before its end."""
    options: Callable[[], AudioOptions]
    """Gives the options. Asked for when the video is in, since fields of a form may come behind its file."""
    declared_size: int | None = None
    """Bytes, where the client says it beforehand."""
    most_bytes: int | None = None
    """How many it has at the most, where only that is known: those of the form around it."""
    idempotency_key: str | None = None
    """Chosen by the client: the same key twice is the same upload, sent again."""


class SubmitConversion:
    """Stores a video and queues its conversion. Once this returns the conversion is never lost.

    The record comes first, as `uploading`, so that whatever breaks off later is known and cleaned up. The request holds
    it with a lease: an upload that is sent again with its key takes the place of one that no request holds. The bytes
    are stored next, and one atomic write then makes the conversion `queued` and puts its request into the outbox.
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
        """Take in a video; give the queued conversion, or the earlier one of the same idempotency key.

        Whatever is raised, neither record nor bytes of the upload stay behind; where the storage can't be reached for
        that, they go when the upload expires. Only a cancellation may be raised although the conversion was accepted.

        Raises:
            MediaTooLargeError: it is, or declares to be, above the limit.
            EmptyUploadError: it has no bytes.
            IncompleteUploadError: it broke off, or stood still for too long.
            InvalidOptionError: from `upload.options`.
            TooManyConversionsError: the caller has too many unfinished ones.
            QuotaExceededError: it would exceed, or exceeds, another limit of the caller's.
            IdempotencyKeyReusedError: the key belongs to other bytes or options, or to an upload under way of another
                name.
            UploadInProgressError: an upload with this key is under way.
            InvalidTransitionError: the conversion was cancelled or deleted while it was uploaded.
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
        # Of an upload that was cancelled before its end, the bytes are not known.
        if earlier.source.sha256 is None:
            return earlier
        is_same = await is_same_video(upload.chunks, earlier.source, self._retention.idle_upload)
        if not is_same or upload.options() != earlier.options:
            raise IdempotencyKeyReusedError
        return earlier

    async def _take_over(self, earlier: Conversion) -> None:
        """Remove an upload that no request holds any more, as when its gateway was killed.

        Raises:
            UploadInProgressError: one holds it.
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
            room = None  # It has its own already.
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
        """Hold room for a video whose size is known now. Raises `QuotaExceededError` where others took it meanwhile."""
        reserved = await change_conversion(
            self._conversions, begun.id, lambda stored: stored.reserve(self._clock.now(), size=size)
        )
        await self._quotas.hold(reserved, limits)

    async def _take_back(self, begun: Conversion) -> Conversion | None:
        """Remove record and bytes; give the conversion if it was accepted after all (a lost confirmation)."""
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
