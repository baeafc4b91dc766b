"""Bodies that are read whole: of JSON and of plain forms."""

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
from litestar import Request
from litestar.connection.base import empty_receive, empty_send
from litestar.exceptions import InternalServerException
from litestar.types import Receive, Scope, Send
from typing_extensions import override

from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_adapters.http.problems.problems import Problem
from tracklift_adapters.http.problems.wrong_fields import WrongFields

LONGEST_WAIT = timedelta(seconds=30)
"""For a whole body of a few kilobytes, over any network."""
LONGEST_PAUSE = timedelta(seconds=10)
"""Between two parts of it: a client sends so few bytes in one go, and a lost packet is resent within seconds."""


class BoundedRequest(Request[Any, Any, Any]):
    """A request that waits for a small body for a bounded time, and tolerates a client that disconnects."""

    def __init__(self, scope: Scope, receive: Receive = empty_receive, send: Send = empty_send) -> None:
        super().__init__(scope, receive, send)
        self._receive_whenever = receive

    @override
    async def body(self) -> bytes:
        """Give the body.

        Raises:
            Problem: 408 if it takes too long, 400 if the connection ends before the body.
        """
        self.receive = self._receive_soon
        try:
            async with asyncio.timeout(LONGEST_WAIT.total_seconds()):
                return await super().body()
        except TimeoutError as error:
            raise Problem(
                408,
                "request_timeout",
                "The body did not come in time: send it again.",
            ) from error
        except InternalServerException as error:
            raise Problem(400, "incomplete_request", "The connection ended before the body did.") from error

    async def _receive_soon(self) -> Any:  # noqa: ANN401  # whatever ASGI has
        async with asyncio.timeout(LONGEST_PAUSE.total_seconds()):
            return await self._receive_whenever()

    @override
    async def json(self) -> Any:
        """Give the body as JSON, or as the fields of the route.

        Raises:
            Problem: 400 when it is not JSON.
        """
        try:
            return self._read_fields(await self.body())
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Problem(400, "bad_request", _not_json(error)) from error

    def _read_fields(self, body: bytes) -> Any:  # noqa: ANN401  # whatever JSON has
        taken = self.route_handler.parsed_data_field
        if taken is None or not taken.is_subclass_of(RequestFields):
            return msgspec.json.decode(body)
        try:
            # The framework itself would convert text to a number.
            return msgspec.json.decode(body, type=taken.annotation)
        except msgspec.ValidationError as error:
            # A caller who may not send it at all learns that first: the framework checks the body last.
            return WrongFields.note(self, error)


def _not_json(error: Exception) -> str:
    # This is also raised for half of a surrogate pair.
    if isinstance(error, msgspec.DecodeError) and str(error) != "Input data was truncated":
        return f"The body is not valid JSON: {error}."
    return (
        "The body is not valid JSON: it ends too early, has bytes or escapes that are no Unicode text, "
        "or is nested too deeply."
    )
