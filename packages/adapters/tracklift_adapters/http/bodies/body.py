"""The body of a request, chunk by chunk."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

from litestar import Request

from tracklift_domain.upload.errors import IncompleteUploadError


async def body_chunks(
    request: Request[Any, Any, Any], *, pause: timedelta | None = None
) -> AsyncIterator[bytes]:
    """Give the body as it arrives, without ever holding more than a chunk.

    The server does not read ahead of this by more than its buffer, so a slow reader slows the client down. With
    `pause`, one empty chunk is given when none has arrived for that long.

    Raises:
        IncompleteUploadError: the client disconnected before the end.
    """
    more, may_pause = True, False
    while more:
        try:
            async with asyncio.timeout(pause.total_seconds() if pause and may_pause else None):
                message: Any = await request.receive()
        except TimeoutError:
            may_pause = False
            yield b""
            continue
        may_pause = True
        if message["type"] == "http.disconnect":
            raise IncompleteUploadError("the connection ended before the file did")
        if chunk := message.get("body"):
            yield chunk
        more = message.get("more_body", False)
