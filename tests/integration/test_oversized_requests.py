"""Requests that are large beside their bodies: what is taken of them, and how they are refused."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.small_server import MEGABYTE, RawConnection, SmallServer
from tracklift_adapters.http.server.connection_limits import ConnectionLimits
from tracklift_adapters.http.server.request_meter import LARGEST_HEADERS, LARGEST_TARGET, MOST_HEADERS

pytestmark = pytest.mark.network

HEAD = b"GET /healthz HTTP/1.1\r\nHost: tracklift.test\r\n"
CHUNKED = b"POST /size HTTP/1.1\r\nHost: tracklift.test\r\nTransfer-Encoding: chunked\r\n\r\n"
FLOOD = 24 * MEGABYTE
IN_BUFFERS = 8 * MEGABYTE
"""Bytes that may be on their way when the server closes: what both sides of the loopback hold, and what is dropped."""


@pytest.fixture
async def served() -> AsyncIterator[SmallServer]:
    """Give a server with room for everything."""
    async with SmallServer(ConnectionLimits(total=100)).run() as served:
        yield served


async def assert_refused(connection: RawConnection, status: int, code: str) -> None:
    """Expect a problem and then the end of the connection."""
    answered, headers, body = await connection.answer()
    assert (answered, json.loads(body)["code"]) == (status, code)
    assert headers["connection"] == "close"
    assert headers["content-type"] == "application/problem+json"
    assert await connection.rest() == b""


@pytest.mark.parametrize(
    ("begin", "piece", "status"),
    [
        (HEAD, b"x: y\r\n" * 1000, 431),
        (HEAD + b"x: ", b"y" * 6000, 431),
        (HEAD, b"x" * 6000, 431),
        (b"", b"\r\n" * 3000, 431),
        (b"GET /", b"x" * 6000, 414),
        (b"G", b"E" * 6000, 400),
        (CHUNKED + b"5;", b"x" * 6000, 431),
        (CHUNKED, b"1;" + b"x" * 300 + b"\r\ny\r\n", 431),
        (CHUNKED + b"0\r\n", b"x: y\r\n" * 1000, 431),
        (CHUNKED + b"0\r\nx: ", b"y" * 6000, 431),
    ],
    ids=[
        "headers",
        "one value",
        "one name",
        "empty lines",
        "target",
        "method",
        "one extension",
        "extensions",
        "trailers",
        "one trailer",
    ],
)
async def test_what_has_no_end_is_refused_and_the_connection_closed(
    served: SmallServer, begin: bytes, piece: bytes, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    codes = {400: "bad_request", 414: "target_too_long", 431: "headers_too_large"}
    async with served.connect() as connection:
        connection.send(begin)

        sent = await connection.flood(piece, FLOOD)

        assert sent < IN_BUFFERS
        await assert_refused(connection, status, codes[status])
    await served.until(0)
    assert "invalid" not in caplog.text.lower()


@pytest.mark.parametrize("count", [MOST_HEADERS - 1, MOST_HEADERS])
async def test_the_number_of_headers_is_bounded(served: SmallServer, count: int) -> None:
    async with served.connect() as connection:
        connection.send(HEAD, b"x: y\r\n" * count, b"\r\n")

        if count < MOST_HEADERS:  # Host is one too.
            assert await connection.status() == 200
        else:
            await assert_refused(connection, 431, "headers_too_large")


@pytest.mark.parametrize("more", [-300, 300])
async def test_the_size_of_all_headers_is_bounded(served: SmallServer, more: int) -> None:
    half = b"x" * ((LARGEST_HEADERS + more) // 2 - 30)
    async with served.connect() as connection:
        connection.send(HEAD, b"a: ", half, b"\r\nb: ", half, b"\r\n\r\n")

        assert await connection.status() == (200 if more < 0 else 431)


@pytest.mark.parametrize(("length", "status"), [(LARGEST_TARGET, 200), (LARGEST_TARGET + 1, 414)])
async def test_the_target_is_bounded(served: SmallServer, length: int, status: int) -> None:
    target = "/healthz?" + "x" * (length - len("/healthz?"))
    async with served.connect() as connection:
        connection.get(target)

        assert await connection.status() == status


async def test_a_refusal_is_named_as_rfc_9110_names_it(served: SmallServer) -> None:
    """Whatever the release of Python calls it."""
    async with served.connect() as connection:
        connection.get("/" + "x" * LARGEST_TARGET)

        answer = await connection.rest()

    assert answer.startswith(b"HTTP/1.1 414 URI Too Long\r\n")
    assert b'"title": "URI Too Long"' in answer


async def test_a_request_that_is_refused_waits_for_the_answers_to_earlier_ones(served: SmallServer) -> None:
    async with served.connect() as connection:
        connection.get("/slow")
        await served.until_begun(1)
        connection.get("/healthz", f"x: {'y' * LARGEST_HEADERS}")
        connection.get("/healthz")
        (protocol,) = served.server.server_state.connections
        while not protocol._refused:  # type: ignore[union-attr]  # it is ours
            await asyncio.sleep(0)
        served.finish.set()

        status, _, body = await connection.answer()

        assert (status, body) == (200, b"done")
        assert await connection.rest() == b""


async def test_trailers_are_read_and_are_no_headers(served: SmallServer) -> None:
    async with served.connect() as connection:
        connection.send(CHUNKED, b"3\r\nabc\r\n0\r\nX-Forwarded-For: 10.0.0.1\r\n\r\n")
        assert (await connection.answer())[2] == b"3"
        connection.get("/healthz")
        assert await connection.status() == 200

    assert set(served.seen[0]) == {"host", "transfer-encoding"}


@pytest.mark.parametrize("size", [1, 100, 100_000])
async def test_chunks_of_any_size_make_a_body(served: SmallServer, size: int) -> None:
    count = 20_000 if size < 1000 else 100
    async with served.connect() as connection:
        connection.send(CHUNKED, (b"%x\r\n%s\r\n" % (size, b"x" * size)) * count, b"0\r\n\r\n")

        assert (await connection.answer())[2] == str(size * count).encode()


async def test_a_large_upload_comes_whole(served: SmallServer) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(50):
            yield bytes(MEGABYTE)

    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}", timeout=20) as client:
        announced = await client.post("/size", content=bytes(50 * MEGABYTE))
        chunked = await client.post("/size", content=chunks())

    assert announced.text == chunked.text == str(50 * MEGABYTE)


async def test_requests_that_are_sent_at_once_are_answered_in_their_order(served: SmallServer) -> None:
    async with served.connect() as connection:
        for number in range(60):
            connection.send(
                b"POST /size HTTP/1.1\r\nHost: t\r\nContent-Length: %d\r\n\r\n" % number, b"x" * number
            )

        for number in range(60):
            assert (await connection.answer())[2] == str(number).encode()


async def test_few_of_the_requests_behind_an_unanswered_one_are_parsed(served: SmallServer) -> None:
    async with served.connect() as connection:
        connection.get("/slow")
        await served.until_begun(1)
        await connection.flood(b"GET / HTTP/1.1\r\n\r\n" * 500, 100_000)
        (protocol,) = served.server.server_state.connections

        assert len(protocol.pipeline) <= 64  # type: ignore[union-attr]  # it is ours


async def test_a_connection_is_good_for_more_requests_after_an_upgrade_that_is_ignored(
    served: SmallServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with served.connect() as connection:
        for _ in range(3):
            connection.get(
                "/healthz", "Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABk"
            )
        connection.get("/healthz")

        assert [await connection.status() for _ in range(4)] == [200] * 4
    assert "upgrade" not in caplog.text.lower()


async def test_a_client_that_asks_first_is_told_to_go_on(served: SmallServer) -> None:
    async with served.connect() as connection:
        connection.send(
            b"POST /size HTTP/1.1\r\nHost: t\r\nContent-Length: 3\r\nExpect: 100-continue\r\n\r\n"
        )
        assert await connection.status() == 100
        connection.send(b"abc")

        assert (await connection.answer())[2] == b"3"
