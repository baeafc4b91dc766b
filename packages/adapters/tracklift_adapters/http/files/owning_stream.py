"""Responses from a source that must be closed afterwards."""

import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack

from litestar.response.streaming import ASGIStreamingResponse
from litestar.types import Receive, Scope, Send
from typing_extensions import override

from tracklift_adapters.http.problems.request_ids import current_request_id
from tracklift_domain.errors import DomainError

_log = logging.getLogger(__name__)


class OwningStream(ASGIStreamingResponse):
    """Sends chunks, and closes their source after the last one, or if the client disconnects or reading fails.

    A response that fails midway is cut off, so that the client does not take it for complete.
    """

    def __init__(
        self,
        chunks: AsyncIterator[bytes],
        *,
        owned: AsyncExitStack,
        media_type: str,
        headers: Mapping[str, str],
        status_code: int = 200,
    ) -> None:
        """Make the response; `owned` is closed after it in any case, in the task that sends it."""
        super().__init__(
            iterator=chunks, media_type=media_type, headers=dict(headers), status_code=status_code
        )
        self._owned = owned

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the response (ASGI)."""
        try:
            async with self._owned:
                await super().__call__(scope, receive, send)
        except* DomainError as errors:
            reasons = "; ".join(map(str, errors.exceptions))
            _log.warning("An answer broke off: %s (request %s)", reasons, current_request_id())
