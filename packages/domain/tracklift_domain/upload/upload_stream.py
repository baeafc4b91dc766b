"""How the bytes of an upload are read."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from datetime import timedelta

from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.conversion import SourceVideo
from tracklift_domain.upload.errors import IncompleteUploadError


async def without_standstill(chunks: AsyncIterable[bytes], idle: timedelta) -> AsyncGenerator[bytes, None]:
    """Pass chunks on. Raises `IncompleteUploadError` when none comes for so long."""
    async with closing_stream(chunks):
        iterator = aiter(chunks)
        while (chunk := await _next(iterator, idle.total_seconds())) is not None:
            yield chunk


async def is_same_video(chunks: AsyncIterable[bytes], earlier: SourceVideo, idle: timedelta) -> bool:
    """Tell whether an upload has the bytes of an earlier one, by its SHA-256. Nothing of it is stored.

    An upload that is longer than the earlier one is not read to its end, so no limit of its size is needed.

    Raises:
        IncompleteUploadError: it broke off, or nothing came for as long as `idle`.
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
