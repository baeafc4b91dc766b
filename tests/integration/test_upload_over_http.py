"""Uploads over real connections, through the server as it is started: what a client sees of refusals, and what is left.

The server and its clients share the loop of the test; behind the routes everything is in memory.
"""

import asyncio
import http.client
import json
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest

from tests.contracts.examples import ADA, conversion_id
from tests.unit.http.backstage import Backstage, SharedApp
from tests.unit.http.forms import CONTENT_TYPE, field, file, form
from tracklift_adapters.http.server.connection_limits import ConnectionLimits
from tracklift_adapters.http.server.listeners import listen
from tracklift_adapters.http.server.server import Server
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate

pytestmark = pytest.mark.network

PATH = "/v1/conversions"
VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 20
MEGABYTE = 1024 * 1024


@dataclass
class Serving:
    """A server that answers, and what stands behind it."""

    backstage: Backstage
    server: Server
    port: int

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    async def until_idle(self) -> None:
        """Wait until no request is worked on."""
        async with asyncio.timeout(10):
            await asyncio.gather(*self.server.server_state.tasks, return_exceptions=True)

    async def until_working(self) -> None:
        """Wait until an upload has begun, which its record tells."""
        async with httpx.AsyncClient(headers=self.backstage.headers()) as client, asyncio.timeout(10):
            while not (await client.get(self.address + PATH)).json()["items"]:
                continue

    async def assert_nothing_is_left(self) -> None:
        """Refuse leftovers of uploads."""
        assert await self.backstage.stored_conversions() == []
        assert await self.backstage.stored_media() == []

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["Line"]:
        """Open a connection."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            yield Line(reader, writer)
        finally:
            writer.transport.abort()

    def head(self, method: str, path: str, **headers: str) -> bytes:
        """Write the head of a request of Ada's."""
        lines = [f"{method} {path} HTTP/1.1", "Host: tracklift.test"]
        lines += [f"{name}: {value}" for name, value in {**self.backstage.headers(), **headers}.items()]
        return "\r\n".join([*lines, "", ""]).encode()


@dataclass
class Line:
    """A connection on which every byte is the test's own."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    def send(self, content: bytes) -> None:
        """Send bytes, whether or not anybody takes them."""
        self.writer.write(content)

    async def answer(self) -> tuple[int, dict[str, str], bytes]:
        """Read an answer whose length is announced."""
        async with asyncio.timeout(10):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            status_line, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
        return int(status_line.split()[1]), headers, body

    async def code(self) -> tuple[int, str]:
        """Read a problem: its status and its code."""
        status, _, body = await self.answer()
        return status, json.loads(body)["code"]

    async def assert_closed(self) -> None:
        """Wait for the end of the connection, and refuse anything that comes before."""
        async with asyncio.timeout(10):
            assert await self.reader.read() == b""


def a_backstage() -> Backstage:
    """Take in at most 100,000 bytes, and wait for at most a fifth of a second."""
    return Backstage(retention=RetentionPolicy(idle_upload=timedelta(milliseconds=200)))


@pytest.fixture
def backstage() -> Backstage:
    """Give what stands behind the server of a test."""
    return a_backstage()


@pytest.fixture(scope="module")
def shared() -> SharedApp:
    """Give the application of all tests, which takes longer to make than most of them."""
    return SharedApp(a_backstage())


@pytest.fixture
async def serving(backstage: Backstage, shared: SharedApp) -> AsyncIterator[Serving]:
    """Give a server that answers."""
    await backstage.add_user(ADA, "ada@example.org")
    shared.in_use = backstage
    with listen("127.0.0.1", 0) as listening:
        server = Server(shared.app, listening, drain=timedelta(seconds=1), limits=ConnectionLimits(total=100))
        ready = asyncio.Event()
        running = asyncio.create_task(server.run_until_stopped(ready.set))
        await ready.wait()
        yield Serving(backstage, server, listening.getsockname()[1])
        server.stop()
        await running


async def test_a_client_that_asks_first_need_not_send_what_is_too_large(serving: Serving) -> None:
    async with serving.connect() as line:
        line.send(
            serving.head(
                "POST",
                PATH,
                **{"Content-Type": CONTENT_TYPE, "Content-Length": str(10**12), "Expect": "100-continue"},
            )
        )

        status, headers, body = await line.answer()

        assert (status, json.loads(body)["code"]) == (413, "too_large")
        assert headers["connection"] == "close"
    await serving.until_idle()
    await serving.assert_nothing_is_left()


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        (PATH, {"Authorization": "Bearer forged"}, 401),
        (PATH, {"Content-Type": "text/plain"}, 415),
        (f"{PATH}?bitrate=1", {"Content-Type": "video/mp4"}, 400),
        (f"{PATH}?bitrate=1", {"Content-Type": CONTENT_TYPE}, 400),
        (PATH, {"Content-Type": "video/mp4", "Idempotency-Key": "x" * 256}, 400),
        ("/nowhere", {}, 404),
        ("/v1/users", {"Content-Type": "application/json"}, 413),
    ],
)
async def test_a_client_that_asks_first_need_not_send_what_is_refused_for_its_head(
    serving: Serving, path: str, headers: dict[str, str], status: int
) -> None:
    async with serving.connect() as line:
        line.send(
            serving.head("POST", path, **{"Content-Length": "90000", "Expect": "100-continue", **headers})
        )

        assert (await line.answer())[0] == status


async def test_a_client_that_asks_first_is_told_to_go_on_when_nothing_is_wrong(serving: Serving) -> None:
    async with serving.connect() as line:
        line.send(
            serving.head(
                "POST",
                PATH,
                **{"Content-Type": "video/mp4", "Content-Length": str(len(VIDEO)), "Expect": "100-continue"},
            )
        )
        assert (await line.answer())[0] == 100
        line.send(VIDEO)

        status, _, body = await line.answer()

    assert (status, json.loads(body)["source"]["size"]) == (202, len(VIDEO))


@pytest.mark.parametrize("content_type", ["video/mp4", CONTENT_TYPE])
@pytest.mark.parametrize("abruptly", [False, True])
async def test_a_client_that_goes_away_half_way_leaves_nothing(
    serving: Serving, content_type: str, *, abruptly: bool
) -> None:
    async with serving.connect() as line:
        line.send(serving.head("POST", PATH, **{"Content-Type": content_type, "Content-Length": "90000"}))
        line.send(file(VIDEO)[:3000])
        await serving.until_working()
        if abruptly:
            # A reset instead of a proper end, as when a machine dies.
            sock = line.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.writer.close()
    await serving.until_idle()

    await serving.assert_nothing_is_left()


@pytest.mark.parametrize("sent", [b"", file(VIDEO)[:50], file(VIDEO)[:3000]], ids=["nothing", "head", "file"])
async def test_an_upload_that_stands_still_is_ended_and_told_why(serving: Serving, sent: bytes) -> None:
    async with serving.connect() as line:
        line.send(serving.head("POST", PATH, **{"Content-Type": CONTENT_TYPE, "Content-Length": "90000"}))
        line.send(sent)

        status, headers, body = await line.answer()

        assert (status, json.loads(body)["code"]) == (400, "incomplete_upload")
        assert headers["connection"] == "close"
    await serving.until_idle()
    await serving.assert_nothing_is_left()


async def test_a_connection_is_good_for_more_requests_after_a_refusal_that_has_read_everything(
    serving: Serving,
) -> None:
    body = form(file(VIDEO), field("bitrate", "1"))
    async with serving.connect() as line:
        for _ in range(3):
            line.send(
                serving.head("POST", PATH, **{"Content-Type": CONTENT_TYPE, "Content-Length": str(len(body))})
            )
            line.send(body)
            assert await line.code() == (400, "invalid_option")
        line.send(serving.head("GET", "/v1/me"))

        status, headers, _ = await line.answer()

        assert status == 200
        assert "connection" not in headers


async def test_requests_that_are_sent_at_once_are_answered_in_their_order(serving: Serving) -> None:
    refused, taken = form(file(b"")), form(file(VIDEO))
    async with serving.connect() as line:
        for body in (refused, taken, refused):
            line.send(
                serving.head("POST", PATH, **{"Content-Type": CONTENT_TYPE, "Content-Length": str(len(body))})
                + body
            )
        line.send(serving.head("GET", PATH))

        assert await line.code() == (400, "empty_file")
        assert (await line.answer())[0] == 202
        assert await line.code() == (400, "empty_file")
        status, _, listed = await line.answer()
        assert (status, len(json.loads(listed)["items"])) == (200, 1)


async def test_what_follows_a_refused_body_on_its_connection_is_not_taken_for_a_request(
    serving: Serving,
) -> None:
    inside = serving.head("DELETE", "/v1/me")
    async with serving.connect() as line:
        line.send(
            serving.head("POST", PATH, **{"Content-Type": "text/plain", "Content-Length": str(len(inside))})
            + inside
            + serving.head("DELETE", "/v1/me")
        )

        assert await line.code() == (415, "unsupported_media_type")
        await line.assert_closed()
    assert (await serving.backstage.users.get(ADA)).id == ADA


async def _endless(chunks: int) -> AsyncIterator[bytes]:
    for _ in range(chunks):
        yield b"x" * 64 * 1024


@pytest.mark.parametrize("megabytes", [1, 20])
@pytest.mark.parametrize("announced", [True, False])
async def test_a_client_that_reads_only_when_it_has_sent_everything_sees_the_refusal(
    serving: Serving, megabytes: int, *, announced: bool
) -> None:
    length = {"Content-Length": str(megabytes * MEGABYTE)} if announced else {}
    async with httpx.AsyncClient(timeout=10) as client:
        answer = await client.post(
            serving.address + PATH,
            content=_endless(megabytes * 16),
            headers={**serving.backstage.headers(), "Content-Type": "video/mp4", **length},
        )

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    await serving.until_idle()
    await serving.assert_nothing_is_left()


@pytest.mark.parametrize("content_type", ["video/mp4", CONTENT_TYPE, "text/plain"])
async def test_a_client_that_blocks_while_it_sends_sees_the_refusal(
    serving: Serving, content_type: str
) -> None:
    body = b"".join([file(b"x" * 20 * MEGABYTE)]) if content_type == CONTENT_TYPE else b"x" * 20 * MEGABYTE

    def post() -> int:
        connection = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=10)
        try:
            connection.request(
                "POST", PATH, body, {**serving.backstage.headers(), "Content-Type": content_type}
            )
            return connection.getresponse().status
        finally:
            connection.close()

    assert await asyncio.to_thread(post) == (415 if content_type == "text/plain" else 413)


async def test_a_client_that_never_stops_sending_is_cut_off(serving: Serving) -> None:
    async with serving.connect() as line:
        line.send(serving.head("POST", PATH, **{"Content-Type": "video/mp4", "Transfer-Encoding": "chunked"}))
        chunk = b"100000\r\n" + b"x" * MEGABYTE + b"\r\n"
        sent = 0
        while sent < 1000 and not line.writer.is_closing():
            line.send(chunk)
            sent += 1
            with suppress(ConnectionError):
                await line.writer.drain()

        # What is dropped, and what the network holds.
        assert sent < 64 + 40
    await serving.until_idle()
    await serving.assert_nothing_is_left()


async def test_a_small_body_that_stops_half_way_is_no_breakdown(
    serving: Serving, caplog: pytest.LogCaptureFixture
) -> None:
    async with serving.connect() as line:
        line.send(
            serving.head("POST", "/v1/users", **{"Content-Type": "application/json", "Content-Length": "100"})
            + b'{"email": '
        )
        line.writer.close()
    await serving.until_idle()

    assert caplog.text == ""


async def test_a_download_and_its_parts_come_as_they_are(serving: Serving) -> None:
    content = bytes(range(256)) * 4096
    await serving.backstage.add_completed(content)
    path = f"{serving.address}{PATH}/{conversion_id(1)}/audio"
    async with httpx.AsyncClient(headers=serving.backstage.headers()) as client:
        whole = await client.get(path)
        part = await client.get(path, headers={"Range": "bytes=1000-1999"})
        head = await client.head(path)
        known = await client.get(path, headers={"If-None-Match": whole.headers["ETag"]})

    assert (whole.status_code, whole.content) == (200, content)
    assert (part.status_code, part.content) == (206, content[1000:2000])
    assert (head.status_code, head.headers["Content-Length"]) == (200, str(len(content)))
    assert (known.status_code, known.content) == (304, b"")
    assert "Transfer-Encoding" not in whole.headers


async def test_a_watcher_is_told_what_happens_and_let_go_when_it_leaves(serving: Serving) -> None:
    queued = await serving.backstage.add_conversion()
    async with (
        httpx.AsyncClient(headers=serving.backstage.headers()) as client,
        client.stream("GET", f"{serving.address}/v1/events") as answer,
    ):
        lines = answer.aiter_lines()
        assert await anext(lines) == ": still here"
        await serving.backstage.feed.publish(ConversionUpdate.of(queued))
        assert await anext(lines) == ""
        assert await anext(lines) == "event: state"
        assert json.loads((await anext(lines)).removeprefix("data: "))["state"] == ConversionState.QUEUED
    await serving.until_idle()

    assert serving.backstage.feed.watched == set()
