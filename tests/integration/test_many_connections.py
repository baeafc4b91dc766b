"""Connections that are many, silent or slow: which of them end, when, and who is answered meanwhile."""

import asyncio
import contextlib
import errno
import json
import logging
import os
import socket
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import timedelta

import httpx
import pytest
from typing_extensions import override

from tests.integration.small_server import DAY, LARGE, SmallServer
from tracklift_adapters.http.server.acceptor import Acceptor
from tracklift_adapters.http.server.connection_limits import ConnectionLimits
from tracklift_adapters.http.server.connection_table import REFUSED_COUNTS, RESERVE, STALLED, ConnectionTable

pytestmark = pytest.mark.network

LIMITS = ConnectionLimits(total=20, per_client=5)
NEARLY = timedelta(milliseconds=1)
POST = b"POST /size HTTP/1.1\r\nHost: tracklift.test\r\nContent-Length: 100\r\n\r\n"
ELSEWHERE = "127.0.0.2"
"""An address that is no proxy's."""


async def _answer_to(served: SmallServer, sent: bytes, address: str) -> int | None:
    """Send the beginning of a request over a connection of its own; give the status, or none where it is closed."""
    async with served.connect(address) as connection:
        connection.send(sent, b" HTTP/1.1\r\nHost: tracklift.test\r\n\r\n")
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            return await connection.status()
    return None


@pytest.fixture
async def served() -> AsyncIterator[SmallServer]:
    """Give a server for 20 connections, 5 from one address."""
    async with SmallServer(LIMITS).run() as served:
        yield served


@pytest.mark.parametrize("sent", [b"", b"G", b"GET /healthz HTTP/1.1\r\nHost: tracklift.test\r\n"])
async def test_a_connection_without_a_whole_head_ends_in_time(served: SmallServer, sent: bytes) -> None:
    async with served.connect() as connection:
        connection.send(sent)
        await served.until(1)
        await served.until_received(sent)
        served.let_pass(LIMITS.head_timeout - NEARLY)
        (protocol,) = await served.until_open(1)
        assert not protocol._refused
        served.let_pass(NEARLY)

        if sent:
            assert await connection.status() == 408
        assert await connection.rest() == b""
    await served.until(0)


async def test_a_byte_now_and_then_gives_a_head_no_more_time(served: SmallServer) -> None:
    async with served.connect() as connection:
        sent = b""
        for byte in b"GET /healt":
            connection.send(bytes([byte]))
            sent += bytes([byte])
            await served.until_received(sent)
            served.let_pass(LIMITS.head_timeout / 10)

        assert await connection.status() == 408


async def test_a_connection_is_kept_for_the_next_request_for_a_while(served: SmallServer) -> None:
    async with served.connect() as connection:
        for _ in range(3):
            connection.get("/healthz")
            assert await connection.status() == 200
            served.let_pass(LIMITS.keep_alive - NEARLY)
        assert len(served.server.table) == 1
        served.let_pass(NEARLY)

        assert await connection.rest() == b""


async def test_an_answer_is_sent_without_waiting_for_acknowledgements(served: SmallServer) -> None:
    """Else each small answer on a kept connection takes 40 ms."""
    async with served.connect():
        (protocol,) = await served.until_open(1)
        connection = protocol.transport.get_extra_info("socket")

        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


async def test_a_later_request_has_its_own_time_from_its_first_byte_on(served: SmallServer) -> None:
    async with served.connect() as connection:
        connection.get("/healthz")
        assert await connection.status() == 200
        served.let_pass(LIMITS.keep_alive - NEARLY)
        connection.send(b"GET /hea")
        await served.until_received(b"GET /hea")
        served.let_pass(LIMITS.head_timeout - NEARLY)
        (protocol,) = await served.until_open(1)
        assert not protocol._refused
        served.let_pass(NEARLY)

        assert await connection.status() == 408


async def test_a_request_may_take_as_long_as_it_needs(served: SmallServer) -> None:
    async with served.connect() as slow, served.connect() as uploading:
        slow.get("/slow")
        uploading.send(POST, b"x" * 50)
        await served.until_begun(1)
        served.let_pass(DAY)
        uploading.send(b"x" * 50)
        served.finish.set()

        assert await slow.status() == 200
        assert (await uploading.answer())[2] == b"100"


async def test_a_body_that_is_not_needed_is_not_waited_for_without_end(served: SmallServer) -> None:
    async with served.connect() as connection:
        connection.send(b"GET /healthz HTTP/1.1\r\nHost: t\r\nContent-Length: 1000000\r\n\r\n")
        assert await connection.status() == 200
        connection.send(b"x")
        served.let_pass(LIMITS.head_timeout)

        assert await connection.rest() == b""


@pytest.mark.parametrize("bound", ["LONGEST_PAUSE", "LONGEST_WAIT"])
async def test_a_small_body_that_comes_slowly_is_refused(
    served: SmallServer, bound: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"tracklift_adapters.http.bodies.small_bodies.{bound}", timedelta(milliseconds=20))
    async with served.connect() as connection:
        connection.send(POST.replace(b"/size", b"/small"), b"x")

        status, _, body = await connection.answer()

    assert (status, json.loads(body)["code"]) == (408, "request_timeout")


async def test_an_answer_that_is_not_taken_is_given_up(served: SmallServer) -> None:
    async with served.connect() as connection:
        connection.writer.transport.pause_reading()  # type: ignore[attr-defined]  # it reads too
        connection.get("/large")
        (protocol,) = await served.until_open(1)
        while not protocol.flow.write_paused:
            await asyncio.sleep(0)
        served.let_pass(LIMITS.idle_download - NEARLY)
        assert len(served.server.table) == 1
        served.let_pass(NEARLY)

        await served.until(0)


async def test_an_answer_that_is_taken_slowly_comes_whole(served: SmallServer) -> None:
    async with served.connect() as connection:
        connection.get("/large")
        await served.until(1)
        for _ in range(3):
            # More than the buffers hold: the server has written meanwhile.
            await connection.reader.readexactly(LARGE // 4)
            served.let_pass(LIMITS.idle_download - NEARLY)

        await connection.reader.readuntil(b"\r\n0\r\n\r\n")


async def test_silent_connections_make_room_for_those_that_ask(
    served: SmallServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncExitStack() as stack:
        silent = [await stack.enter_async_context(served.connect()) for _ in range(100)]
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{served.port}") as client:
            answers = [await client.get("/healthz") for _ in range(10)]

        assert {answer.status_code for answer in answers} == {200}
        assert len(served.server.table) <= LIMITS.total
        # Those that have waited for the longest are gone.
        for connection in silent[:70]:
            assert await connection.rest() == b""
    assert len(caplog.records) == 1


async def test_a_body_that_stalls_makes_room(served: SmallServer) -> None:
    async with AsyncExitStack() as stack:
        stalled = await stack.enter_async_context(served.connect())
        stalled.send(POST, b"x")
        await served.until_received(b"x")
        for number in range(LIMITS.total - 1):
            (await stack.enter_async_context(served.connect())).get("/slow")
            await served.until_begun(number + 1)
        for wait, status in ((timedelta(seconds=STALLED) - NEARLY, 503), (NEARLY, 405)):
            served.let_pass(wait)
            asking = await stack.enter_async_context(served.connect())
            asking.get("/size")
            assert await asking.status() == status

        assert await stalled.rest() == b""


async def test_health_answers_while_every_connection_is_at_work(
    served: SmallServer, caplog: pytest.LogCaptureFixture
) -> None:
    async with AsyncExitStack() as stack:
        for number in range(LIMITS.total):
            (await stack.enter_async_context(served.connect())).get("/slow")
            await served.until_begun(number + 1)
        for _ in range(3 * RESERVE):
            await stack.enter_async_context(served.connect())
        other, health = [await stack.enter_async_context(served.connect()) for _ in range(2)]
        other.get("/large")
        health.get("/healthz")

        status, headers, body = await other.answer()

        assert (status, json.loads(body)["code"]) == (503, "too_many_connections")
        assert int(headers["retry-after"]) > 0
        status, headers, _ = await health.answer()
        assert (status, headers["connection"]) == (200, "close")
        assert await health.rest() == await other.rest() == b""
        assert len(served.server.table) <= LIMITS.total + RESERVE
        assert served.begun == LIMITS.total
    assert len(caplog.records) == 1


async def test_one_client_has_a_bounded_number_of_connections(served: SmallServer) -> None:
    async with AsyncExitStack() as stack:
        for number in range(LIMITS.per_client):
            (await stack.enter_async_context(served.connect(ELSEWHERE))).get("/slow")
            await served.until_begun(number + 1)
        one_more = await stack.enter_async_context(served.connect(ELSEWHERE))
        another = await stack.enter_async_context(served.connect("127.0.0.3"))
        another.get("/healthz")

        assert await one_more.rest() == b""
        assert await another.status() == 200


async def test_silent_connections_of_one_client_make_room_for_its_own(served: SmallServer) -> None:
    async with AsyncExitStack() as stack:
        silent = []
        for number in range(10):
            silent.append(await stack.enter_async_context(served.connect(ELSEWHERE)))
            if number < LIMITS.per_client:
                await served.until(number + 1)
            else:
                assert await silent[number - LIMITS.per_client].rest() == b""
        asking = await stack.enter_async_context(served.connect(ELSEWHERE))
        asking.get("/healthz")

        assert await asking.status() == 200
        assert await silent[10 - LIMITS.per_client].rest() == b""
        assert len(served.server.table) <= LIMITS.per_client


async def test_one_client_opens_a_bounded_number_of_connections_a_second() -> None:
    """20 seconds' connections at once, and then one after another."""
    async with SmallServer(ConnectionLimits(total=20, per_second=1)).run() as served:
        answers = [await _answer_to(served, b"GET /healthz", ELSEWHERE) for _ in range(21)]
        from_another = await _answer_to(served, b"GET /healthz", "127.0.0.3")
        served.let_pass(timedelta(seconds=1))
        a_second_later = await _answer_to(served, b"GET /healthz", ELSEWHERE)

    assert answers == [200] * 20 + [None]
    assert (from_another, a_second_later) == (200, 200)


@pytest.mark.parametrize(
    "sent", [b"\x16\x03\x01\x02", b"GET /" + b"a" * 10_000, b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 101]
)
async def test_a_client_that_sends_what_is_refused_is_soon_not_let_in(sent: bytes) -> None:
    """After two of them it waits until their time has passed, and no other client does."""
    async with SmallServer(ConnectionLimits(total=20, per_second=2)).run() as served:
        answers = [await _answer_to(served, sent, ELSEWHERE) for _ in range(3)]
        from_another = await _answer_to(served, b"GET /healthz", "127.0.0.3")
        served.let_pass(timedelta(seconds=REFUSED_COUNTS / 2))
        later = await _answer_to(served, b"GET /healthz", ELSEWHERE)

    assert [answer in {400, 414, 431} for answer in answers] == [True, True, False]
    assert answers[2] is None
    assert (from_another, later) == (200, 200)


async def test_headers_that_come_late_do_not_count_against_a_client() -> None:
    """A network may be slow."""
    limits = ConnectionLimits(total=20, per_second=1)
    async with SmallServer(limits).run() as served:
        async with served.connect(ELSEWHERE) as slow:
            slow.send(b"GET")
            await served.until_received(b"GET")
            served.let_pass(limits.head_timeout)
            assert await slow.status() == 408

        assert await _answer_to(served, b"GET /healthz", ELSEWHERE) == 200


async def test_a_proxy_may_have_all_connections(served: SmallServer) -> None:
    async with AsyncExitStack() as stack:
        for number in range(LIMITS.total):
            (await stack.enter_async_context(served.connect("127.0.0.1"))).get("/slow")
            await served.until_begun(number + 1)

        assert len(served.server.table) == LIMITS.total


class ExhaustedSocket(socket.socket):
    """A listening socket for which the process has no descriptors left."""

    failures = 3
    asked = 0

    @override
    def accept(self) -> tuple[socket.socket, object]:
        self.asked += 1
        if self.asked <= self.failures:
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return super().accept()


async def test_a_want_of_descriptors_makes_one_line_and_passes(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("tracklift_adapters.http.server.acceptor._PAUSE", 0.001)
    connected = asyncio.Event()

    class Greeting(asyncio.Protocol):
        @override
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            connected.set()
            transport.close()

    with ExhaustedSocket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        acceptor = Acceptor(listening, ConnectionTable(LIMITS), lambda _: Greeting())
        _, writer = await asyncio.open_connection(*listening.getsockname())
        await asyncio.wait_for(connected.wait(), 20)
        acceptor.stop()
        writer.close()
        await writer.wait_closed()

    assert listening.asked <= ExhaustedSocket.failures + 2
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    assert "not accepted" in caplog.text
