"""The rate limits that an application checks before it answers."""

from abc import abstractmethod
from typing import Any, Protocol

from litestar.connection import ASGIConnection
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope


class RequestLimits(Protocol):
    """Counts requests, and refuses those that are too frequent."""

    @abstractmethod
    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        """Count a request; a guard of an application. Raises `Problem` (429)."""

    @abstractmethod
    async def note_answer(self, message: Message, scope: Scope) -> None:
        """Note its response, and add headers to it; a `before_send` hook."""
