"""Answers that are given while the request still comes in."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from litestar.types import Receive, Scope, Send

from tracklift_adapters.http.application.early_answers import EarlyAnswers

ANNOUNCED = [(b"content-length", b"1000")]


class Connection:
    """Both ends of a connection: what comes in, and what went out."""

    def __init__(self, *incoming: dict[str, Any]) -> None:
        self.incoming = list(incoming)
        self.outgoing: list[dict[str, Any]] = []

    async def receive(self) -> Any:
        if not self.incoming:
            await asyncio.Event().wait()
        return self.incoming.pop(0)

    async def send(self, message: Any) -> None:
        self.outgoing.append(message)

    @property
    def header_names(self) -> set[bytes]:
        """The names of the answer's headers."""
        return {name for name, _ in self.outgoing[0]["headers"]}


def piece(size: int, *, more: bool = True) -> dict[str, Any]:
    return {"type": "http.request", "body": b"x" * size, "more_body": more}


async def answer(
    connection: Connection,
    status: int,
    headers: list[tuple[bytes, bytes]],
    *,
    read: int = 0,
    longest: timedelta = timedelta(seconds=10),
    most: int = 1000,
) -> None:
    """Answer with a status once so many pieces were read."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        for _ in range(read):
            await receive()
        await send({"type": "http.response.start", "status": status, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"no", "more_body": False})

    scope: Any = {"type": "http", "headers": headers}
    async with asyncio.timeout(10):
        await EarlyAnswers(app, longest=longest, most=most)(scope, connection.receive, connection.send)


def body_messages(connection: Connection) -> list[tuple[bytes, bool]]:
    return [(message["body"], message["more_body"]) for message in connection.outgoing[1:]]


@pytest.mark.parametrize("headers", [ANNOUNCED, [(b"transfer-encoding", b"chunked")]])
async def test_a_refusal_goes_out_first_and_ends_once_the_body_is_dropped(
    headers: list[tuple[bytes, bytes]],
) -> None:
    connection = Connection(piece(100), piece(100), piece(0, more=False))

    await answer(connection, 413, headers)

    assert b"connection" in connection.header_names
    assert body_messages(connection) == [(b"no", True), (b"", False)]
    assert connection.incoming == []


async def test_a_client_that_goes_away_meanwhile_is_not_waited_for() -> None:
    connection = Connection(piece(100), {"type": "http.disconnect"})

    await answer(connection, 413, ANNOUNCED)

    assert body_messages(connection)[-1] == (b"", False)


async def test_only_so_much_is_dropped() -> None:
    connection = Connection(*[piece(100)] * 100)

    await answer(connection, 413, ANNOUNCED, most=1000)

    assert len(connection.incoming) == 89
    assert body_messages(connection)[-1] == (b"", False)


async def test_only_for_so_long_is_waited() -> None:
    connection = Connection(piece(100))

    await answer(connection, 413, ANNOUNCED, longest=timedelta(milliseconds=20))

    assert body_messages(connection)[-1] == (b"", False)


@pytest.mark.parametrize(
    "headers", [[], [(b"content-length", b"0")], [(b"content-length", b"000")], [(b"host", b"x")]]
)
async def test_a_request_without_a_body_keeps_its_connection(headers: list[tuple[bytes, bytes]]) -> None:
    connection = Connection()

    await answer(connection, 404, headers)

    assert b"connection" not in connection.header_names
    assert body_messages(connection) == [(b"no", False)]


async def test_a_body_that_was_read_keeps_its_connection() -> None:
    connection = Connection(piece(100), piece(100, more=False))

    await answer(connection, 400, ANNOUNCED, read=2)

    assert b"connection" not in connection.header_names
    assert body_messages(connection) == [(b"no", False)]


async def test_a_body_that_was_read_in_part_is_dropped_from_there() -> None:
    connection = Connection(piece(100), piece(100), piece(100, more=False))

    await answer(connection, 400, ANNOUNCED, read=1)

    assert b"connection" in connection.header_names
    assert connection.incoming == []


async def test_good_news_does_not_close_the_connection() -> None:
    connection = Connection(piece(100))

    await answer(connection, 202, ANNOUNCED)

    assert b"connection" not in connection.header_names
    assert body_messages(connection) == [(b"no", False)]
    assert len(connection.incoming) == 1
