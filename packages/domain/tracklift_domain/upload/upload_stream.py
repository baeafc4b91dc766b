"""Reading the bytes of an upload."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from datetime import timedelta

from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.source_video import SourceVideo
from tracklift_domain.errors import DomainError
from tracklift_domain.upload.errors import IncompleteUploadError, UploadTooLongError
from tracklift_domain.upload.ports import FileKinds


async def without_standstill(chunks: AsyncIterable[bytes], idle: timedelta) -> AsyncGenerator[bytes, None]:
    """Pass chunks on. Raises `IncompleteUploadError` if none arrives for as long as `idle`."""
    async with closing_stream(chunks):
        iterator = aiter(chunks)
        while (chunk := await _next(iterator, idle.total_seconds())) is not None:
            yield chunk


async def within_length(
    chunks: AsyncIterable[bytes], *, start: int, length: int
) -> AsyncGenerator[bytes, None]:
    """Pass on chunks that begin at `start`. Raises `UploadTooLongError` instead of a chunk that exceeds `length`."""
    async with closing_stream(chunks):
        async for chunk in chunks:
            start += len(chunk)
            if start > length:
                raise UploadTooLongError(length)
            yield chunk


async def within_room(
    chunks: AsyncIterable[bytes], room: int | None, exceeded: Callable[[], DomainError]
) -> AsyncGenerator[bytes, None]:
    """Pass on as many chunks as fit into `room` bytes (`None`: all). Raises `exceeded` instead of the next one."""
    async with closing_stream(chunks):
        async for chunk in chunks:
            if room is not None:
                room -= len(chunk)
                if room < 0:
                    raise exceeded()
            yield chunk


async def beginning_as_video(chunks: AsyncIterable[bytes], kinds: FileKinds) -> AsyncGenerator[bytes, None]:
    """Pass on the first chunks of a file, once enough bytes have arrived to tell whether it is a video.

    An empty chunk means that no more may arrive for a while: the bytes held back so far are passed on before it. They
    are also passed on if the upload breaks off.

    Raises:
        NotAVideoError: the file is not a video. No chunk was passed on before, unless the client had paused.
    """
    head, passed, is_judged = bytearray(), 0, False
    async with closing_stream(chunks):
        try:
            async for chunk in chunks:
                if is_judged:
                    yield chunk
                    continue
                head += chunk
                if len(head) >= kinds.enough:
                    kinds.require_video(bytes(head))
                    is_judged = True
                if is_judged or not chunk:
                    waiting, passed = bytes(head[passed:]), len(head)
                    if waiting:
                        yield waiting
                    if not chunk:
                        yield chunk
        except IncompleteUploadError:
            if head[passed:]:
                yield bytes(head[passed:])
            raise
    if head[passed:]:
        yield bytes(head[passed:])


async def is_same_video(chunks: AsyncIterable[bytes], earlier: SourceVideo, idle: timedelta) -> bool:
    """Return whether an upload has the same bytes as an earlier one, by SHA-256. Nothing is stored.

    An upload that is longer than the earlier one is not read to its end, so no size limit is needed.

    Raises:
        IncompleteUploadError: the upload broke off, or no bytes arrived for as long as `idle`.
    """
    digest, size = hashlib.sha256(), 0
    async with closing_stream(without_standstill(chunks, idle)) as arriving:
        async for chunk in arriving:
            size += len(chunk)
            if size > (earlier.size or 0):
                return False
            digest.update(chunk)
    return digest.hexdigest() == earlier.sha256


async def _next(iterator: AsyncIterator[bytes], idle: float) -> bytes | None:
    try:
        async with asyncio.timeout(idle):
            return await anext(iterator, None)
    except TimeoutError as error:
        raise IncompleteUploadError(f"nothing came for {idle:.0f} seconds") from error
