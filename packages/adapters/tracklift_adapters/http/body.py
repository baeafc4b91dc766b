"""The body of a request, chunk by chunk."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request

from tracklift_domain.upload.errors import IncompleteUploadError


async def body_chunks(request: Request[Any, Any, Any]) -> AsyncIterator[bytes]:
    """Give the body as it comes in, without ever holding more than a chunk.

    The server does not read ahead of this by more than its buffer, so a slow reader slows the client down.

    Raises:
        IncompleteUploadError: the client went away before the end.
    """
    more = True
    while more:
        message: Any = await request.receive()
        if message["type"] == "http.disconnect":
            raise IncompleteUploadError("the connection ended before the file did")
        if chunk := message.get("body"):
            yield chunk
        more = message.get("more_body", False)
