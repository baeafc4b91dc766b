"""What an application asks before it answers, so that no client makes too many requests."""

from abc import abstractmethod
from typing import Any, Protocol

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope


class RequestLimits(Protocol):
    """Counts requests, and refuses those that come too often."""

    @abstractmethod
    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Count a request, as a guard of an application. Raises `Problem` (429)."""

    @abstractmethod
    async def note_answer(self, message: Message, scope: Scope) -> None:
        """Take note of its answer, which may get more headers, as a hook for `before_send`."""
