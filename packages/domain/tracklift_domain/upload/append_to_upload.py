"""Receives a part of a video."""

from collections.abc import AsyncGenerator, AsyncIterable
from contextlib import aclosing
from dataclasses import dataclass

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ConversionNotFoundError,
    InvalidTransitionError,
    LeaseHeldError,
)
from tracklift_domain.conversion.optimistic_update import remove_conversion
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.removal.media_cleanup import discard_removed
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import WriterSupersededError, WrongOffsetError
from tracklift_domain.media.ports import GrowingMedia, MediaStore
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_domain.upload.arrival_reports import ArrivalReports
from tracklift_domain.upload.checksum import Checksum
from tracklift_domain.upload.complete_upload import CompleteUpload
from tracklift_domain.upload.errors import NotAVideoError, UploadGoneError, UploadTooLongError
from tracklift_domain.upload.ports import FileKinds
from tracklift_domain.upload.resumable_upload import UploadStatus, find_upload
from tracklift_domain.upload.upload_holder import UploadHolder
from tracklift_domain.upload.upload_stream import beginning_as_video, within_length
from tracklift_domain.user.access.caller import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadPart:
    """The bytes of an upload that one request sends."""

    offset: int
    """Where the part begins: how many bytes are already stored, according to the client."""
    chunks: AsyncIterable[bytes]
    """An empty chunk means that no bytes have arrived for a while.

    Raises `IncompleteUploadError` if the client disconnects before the end.
    """
    size: int | None = None
    """Bytes, if the client declares the size in advance."""
    checksum: Checksum | None = None


class AppendToUpload:
    """Appends to what is stored of an upload. The part that contains the last byte queues the conversion.

    If a part breaks off or pauses, the bytes received so far are kept, and the client continues after them. A part with
    a checksum is stored whole or not at all. Only one request at a time holds the upload; fencing keeps the late bytes
    of an older request out of what a newer one stores.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        growing: GrowingMedia,
        media: MediaStore,
        kinds: FileKinds,
        feed: UpdateFeed,
        clock: Clock,
        holder: UploadHolder,
        complete: CompleteUpload,
    ) -> None:
        self._conversions = conversions
        self._growing = growing
        self._media = media
        self._kinds = kinds
        self._feed = feed
        self._clock = clock
        self._holder = holder
        self._complete = complete

    async def __call__(self, caller: Caller, upload_id: ConversionId, part: UploadPart) -> UploadStatus:
        """Append a part, and return the status of the upload afterwards.

        Raises:
            UploadNotFoundError: the caller has no such upload.
            UploadGoneError: the upload expired, or was cancelled or deleted meanwhile.
            UploadLockedError: another request is sending bytes of it.
            WrongOffsetError: another number of bytes is stored; nothing is added.
            UploadTooLongError: the part has, or declares, more bytes than the upload's length allows.
            ChecksumMismatchError: the part doesn't match its checksum; nothing of it is kept.
            NotAVideoError: according to its first bytes, the upload is not a video; it is discarded.
            IncompleteUploadError: the part broke off, or stalled for too long.
            OutOfSpaceError: the media store is full.
            ServiceUnavailableError: the storage can't be reached.
        """
        upload = await find_upload(self._conversions, caller, upload_id, self._clock.now())
        length = upload.source.size if upload.upload is None else upload.upload.length
        if length is None or part.offset + (part.size or 0) > length:
            raise UploadTooLongError(length or 0)
        if upload.state is not ConversionState.UPLOADING:
            return await _append_nothing(upload, part, length)
        held = await self._holder.claim(upload_id)
        reports = ArrivalReports(
            held,
            feed=self._feed,
            clock=self._clock,
            start=part.offset,
            length=length,
            news_at=upload.updated_at if part.offset else None,
        )
        try:
            return await self._receive(held, part, length, reports)
        except NotAVideoError:
            await run_to_completion(self._throw_away(held))
            raise
        except (WriterSupersededError, LeaseHeldError) as error:
            raise self._holder.superseded(held) from error
        except InvalidTransitionError as error:
            raise UploadGoneError(upload_id) from error
        except BaseException:
            await run_to_completion(self._holder.let_go(held))
            raise

    async def _receive(
        self, held: Conversion, part: UploadPart, length: int, reports: ArrivalReports
    ) -> UploadStatus:
        lease = self._holder.lease(held)

        async def store(chunks: AsyncIterable[bytes]) -> tuple[int, StoredMedia | None]:
            async with aclosing(reports.passing(self._examined(part, chunks, length))) as arriving:
                offset = await self._append(held, part, arriving)
            return offset, await self._complete.finish(held) if offset == length else None

        # After this line the lease is no longer renewed, so a renewal can't conflict with what follows.
        offset, stored = await lease.receive(part.chunks, store)
        if stored is None:
            freed = await self._holder.let_go(held)
            if freed.lease is None:
                await reports.end_of_part(offset, freed.updated_at)
            return UploadStatus.of(freed, offset)
        return UploadStatus.of(await self._complete.queue(lease, stored), offset)

    async def _append(self, held: Conversion, part: UploadPart, arriving: AsyncGenerator[bytes, None]) -> int:
        """Store a part. At each pause, the bytes so far are made durable, since another request may take over then."""
        ended, offset = False, part.offset

        async def stretch() -> AsyncGenerator[bytes, None]:
            nonlocal ended
            some_came = False
            async for chunk in arriving:
                if chunk:
                    some_came = True
                    yield chunk
                elif some_came and part.checksum is None:
                    return
            ended = True

        while not ended:
            async with aclosing(stretch()) as chunks:
                offset = await self._growing.append(
                    held.source_media_id,
                    chunks,
                    start=offset,
                    fence=held.revision,
                    all_or_nothing=part.checksum is not None,
                )
        return offset

    def _examined(
        self, part: UploadPart, chunks: AsyncIterable[bytes], length: int
    ) -> AsyncGenerator[bytes, None]:
        examined = within_length(chunks, start=part.offset, length=length)
        if part.checksum is not None:
            examined = part.checksum.verified(examined)
        if part.offset == 0:
            examined = beginning_as_video(examined, self._kinds)
        return examined

    async def _throw_away(self, held: Conversion) -> None:
        try:
            removed = await remove_conversion(self._conversions, held.id)
        except ConversionNotFoundError:
            return
        await discard_removed(self._conversions, self._media, self._feed, removed)


async def _append_nothing(upload: Conversion, part: UploadPart, length: int) -> UploadStatus:
    """Answer a request that sends the end of a finished upload again because the first answer was lost."""
    if part.offset != length:
        raise WrongOffsetError(length)
    async with aclosing(within_length(part.chunks, start=part.offset, length=length)) as chunks:
        async for _ in chunks:
            pass
    return UploadStatus.of(upload, length)
