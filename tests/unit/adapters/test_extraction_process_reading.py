"""A worker reads the same bytes as the application, in few requests."""

import socket
import threading
from collections.abc import Iterator, Sequence
from typing import NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from tests.media.readers import BytesVideo
from tracklift_adapters.extraction_process.host.video_server import VideoServer
from tracklift_adapters.extraction_process.protocol.byte_requests import (
    MAX_BYTES,
    MAX_RANGES,
    encode_request,
)
from tracklift_adapters.extraction_process.worker.remote_video import RemoteVideo
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.media.byte_ranges import ByteRanges

CONTENT = bytes(range(251)) * 12_000


class CountedVideo(BytesVideo):
    """Counts how often it is read."""

    reads = 0

    @override
    def read(self, size: int = -1, /) -> bytes:
        self.reads += 1
        return super().read(size)


class DisconnectedError(Exception):
    """What ends a worker whose application has disconnected."""


def on_disconnect() -> NoReturn:
    raise DisconnectedError


class CountedServer(VideoServer):
    """Counts the requests."""

    requests = 0

    @override
    def _answer(self, ranges: Sequence[tuple[int, int]]) -> None:
        self.requests += 1
        super()._answer(ranges)


class Connected:
    """A video, its server, and the worker's end."""

    def __init__(self, video: BytesVideo) -> None:
        self.video = video
        self._ends = socket.socketpair()
        self.server = CountedServer(video, self._ends[0])
        self._thread = threading.Thread(target=self.server.serve)
        self._thread.start()
        self.view = RemoteVideo(self._ends[1], video.size, on_disconnect)

    def ask(self, request: bytes) -> bytes:
        """Send a request that may be invalid, and give the answer up to the disconnection."""
        self._ends[1].sendall(request)
        return self._ends[1].recv(100)

    def close(self) -> None:
        self.server.stop()
        self._thread.join()
        for end in self._ends:
            end.close()


@pytest.fixture
def connected() -> Iterator[Connected]:
    made = Connected(CountedVideo(CONTENT))
    yield made
    made.close()


@given(
    st.lists(
        st.tuples(
            st.sampled_from([0, 1, 2]),
            st.integers(min_value=0, max_value=len(CONTENT) + 10),
            st.integers(min_value=-1, max_value=len(CONTENT) + 10),
        ),
        max_size=8,
    )
)
def test_reads_as_the_video_does(steps: list[tuple[int, int, int]]) -> None:
    """From any position, any size, also beyond the end."""
    connected = Connected(BytesVideo(CONTENT))
    here = BytesVideo(CONTENT)
    try:
        for whence, offset, size in steps:
            by = -min(offset, here.size) if whence == 2 else offset
            assert connected.view.seek(by, whence) == here.seek(by, whence)
            assert connected.view.read(size) == here.read(size)
            assert connected.view.tell() == here.tell()
    finally:
        connected.close()


def test_tells_the_size_and_has_no_path(connected: Connected) -> None:
    assert connected.view.size == len(CONTENT)
    assert connected.view.path is None


def test_many_small_reads_share_a_request(connected: Connected) -> None:
    """A hundred of them need one."""
    read = b"".join(connected.view.read(100) for _ in range(100))

    assert read == CONTENT[:10_000]
    assert isinstance(connected.video, CountedVideo)
    assert connected.video.reads == 1


def expected(*ranges: tuple[int, int]) -> ByteRanges:
    return ByteRanges.joined(ranges, gap=0)


def test_expected_ranges_are_fetched_together_and_nothing_between_them(connected: Connected) -> None:
    """Those of the next mebibyte in one request, for which the video is read once a range."""
    places = range(100, len(CONTENT) - 50, 100_000)
    connected.view.expect(expected(*((place, place + 50) for place in places)))
    for place in places:
        connected.view.seek(place)
        assert connected.view.read(50) == CONTENT[place : place + 50]

    assert isinstance(connected.video, CountedVideo)
    assert connected.video.reads == len(places)
    assert connected.server.requests == -(-len(places) // 11)


def test_a_long_range_is_fetched_in_bounded_pieces(connected: Connected) -> None:
    connected.view.expect(expected((7, len(CONTENT))))
    connected.view.seek(7)
    found = b"".join(iter(lambda: connected.view.read(32 * 1024), b""))

    assert found == CONTENT[7:]
    assert connected.server.requests == -(-(len(CONTENT) - 7) // (256 * 1024))


def test_very_many_small_ranges_are_fetched_in_several_requests(connected: Connected) -> None:
    places = range(0, 20 * (MAX_RANGES + 1), 20)
    connected.view.expect(expected(*((place, place + 10) for place in places)))
    for place in places:
        connected.view.seek(place)
        assert connected.view.read(10) == CONTENT[place : place + 10]

    assert connected.server.requests == 2


def test_anything_is_read_among_what_is_expected(connected: Connected) -> None:
    """Across the ends of ranges, in front of them and behind them."""
    connected.view.expect(expected((1000, 2000), (2500, 900_000), (950_000, len(CONTENT) - 100)))
    for position in (1500, 0, 999, 2499, 2600, len(CONTENT) - 150, 1999, 100_000):
        for size in (0, 1, 900, 600_000):
            connected.view.seek(position)
            assert connected.view.read(size) == CONTENT[position : position + size]


def test_large_reads_are_split_into_requests_of_bounded_size(connected: Connected) -> None:
    """So that neither side holds a whole video in memory twice."""
    assert connected.view.read() == CONTENT

    assert isinstance(connected.video, CountedVideo)
    assert connected.video.reads == -(-len(CONTENT) // MAX_BYTES)


@pytest.mark.parametrize(("offset", "whence"), [(-1, 0), (-1, 1), (-len(CONTENT) - 1, 2), (0, 5)])
def test_refuses_to_seek_to_an_invalid_position(connected: Connected, offset: int, whence: int) -> None:
    with pytest.raises(ValueError, match=r"seek|whence"):
        connected.view.seek(offset, whence)


def test_refuses_to_read_once_closed(connected: Connected) -> None:
    connected.view.close()
    connected.view.close()

    view = connected.view
    for act in (view.read, view.tell, lambda: view.seek(0), lambda: view.expect(expected((0, 1)))):
        with pytest.raises(ValueError, match="closed"):
            act()


def test_an_outage_is_raised_each_time_and_the_storage_is_read_once() -> None:
    """Later requests get the same answer."""

    class AwayVideo(CountedVideo):
        @override
        def read(self, size: int = -1, /) -> bytes:
            self.reads += 1
            raise ServiceUnavailableError("MongoDB", "it is away")

    connected = Connected(AwayVideo(CONTENT))
    for _ in range(3):
        with pytest.raises(ServiceUnavailableError, match="MongoDB is not available: it is away"):
            connected.view.read(10)
    connected.close()

    assert isinstance(connected.video, AwayVideo)
    assert connected.video.reads == 1
    assert isinstance(connected.server.failure, ServiceUnavailableError)


def test_a_read_in_progress_counts_as_waiting_and_fast_ones_do_not() -> None:
    """A worker that reads for ever must stall at some time."""
    reading, go_on = threading.Event(), threading.Event()

    class HeldVideo(BytesVideo):
        @override
        def read(self, size: int = -1, /) -> bytes:
            reading.set()
            go_on.wait()
            return super().read(size)

    connected = Connected(HeldVideo(CONTENT))
    view = threading.Thread(target=connected.view.read, args=(10,))
    view.start()
    reading.wait()
    assert connected.server.waited() > 0
    go_on.set()
    view.join()
    before = connected.server.waited()
    for _ in range(10):
        connected.view.seek(0)
        connected.view.read()
    assert connected.server.waited() == before
    connected.close()


def test_fewer_bytes_than_declared_are_an_internal_error(caplog: pytest.LogCaptureFixture) -> None:
    """The worker must not take a part for the whole."""

    class ShortVideo(BytesVideo):
        @property
        @override
        def size(self) -> int:
            return len(CONTENT) + 5

    connected = Connected(ShortVideo(CONTENT))
    with pytest.raises(ServiceUnavailableError):
        connected.view.read()
    connected.close()

    assert "internal_error" in str(connected.server.failure)
    assert f"returned {len(CONTENT)} of {len(CONTENT) + 5} bytes" in caplog.text


def test_a_worker_ends_when_the_application_disconnects(connected: Connected) -> None:
    """At the first read, not at the second."""
    connected.server.stop()

    with pytest.raises(DisconnectedError):
        connected.view.read(1)


@pytest.mark.parametrize(
    ("offset", "size"),
    [(0, 0), (0, MAX_BYTES + 1), (len(CONTENT), 1), (len(CONTENT) - 1, 2), (2**64 - 1, 1), (0, 2**32 - 1)],
)
def test_a_server_does_not_answer_an_invalid_request(
    connected: Connected, offset: int, size: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Bytes beyond the end, none at all, or too many at once."""
    assert connected.ask(encode_request([(0, 1), (offset, size)])) == b""

    assert "internal_error" in str(connected.server.failure)
    assert f"requested {size} bytes at {offset}" in caplog.text


@pytest.mark.parametrize(
    ("ranges", "logged"),
    [
        ([], "0 ranges"),
        ([(0, 1)] * (MAX_RANGES + 1), f"{MAX_RANGES + 1} ranges"),
        ([(0, MAX_BYTES), (0, 1)], f"{MAX_BYTES + 1} bytes"),
    ],
)
def test_a_server_does_not_answer_a_request_for_nothing_or_too_much(
    connected: Connected, ranges: list[tuple[int, int]], logged: str, caplog: pytest.LogCaptureFixture
) -> None:
    assert connected.ask(encode_request(ranges)) == b""

    assert "internal_error" in str(connected.server.failure)
    assert f"requested {logged} at once" in caplog.text


def test_a_server_ends_with_half_a_request(connected: Connected) -> None:
    """The rest never arrives."""
    connected._ends[1].sendall(encode_request([(0, 5)])[:-1])
    connected._ends[1].shutdown(socket.SHUT_WR)

    connected._thread.join()
    assert connected.server.failure is None
