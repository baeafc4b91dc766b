"""An encoder's first frames, read by another thread."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.media import layer3
from tracklift_adapters.lame.encoding.bounded_queue import AbandonedError, EncodingMonitor
from tracklift_adapters.lame.encoding.leading_frames import LeadingFrames
from tracklift_adapters.lame.mp3.frame_header import LARGEST_FRAME
from tracklift_adapters.lame.mp3.frames import Frames

FRAMES = [bytes([number]) * 300 for number in range(20)]


@pytest.fixture
def monitor() -> EncodingMonitor:
    return EncodingMonitor(max_waiting=0)


@pytest.fixture
def leading(monitor: EncodingMonitor) -> LeadingFrames:
    return LeadingFrames(monitor, max_frames=10)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def output(count: int) -> bytes:
    return layer3.encode(FRAMES[:count])


def heads(frames: Frames) -> list[bytes]:
    return [frames.head(index) for index in range(len(frames))]


def test_returns_frames_that_are_there_already(leading: LeadingFrames) -> None:
    leading.add(output(7)[:1000])
    leading.add(output(7)[1000:])

    assert heads(leading.frames(5)) == heads(Frames(output(7)))


def test_waits_for_incomplete_frames(leading: LeadingFrames, threads: ThreadPoolExecutor) -> None:
    leading.add(output(5)[:-1])
    asked: Future[Frames] = threads.submit(leading.frames, 5)
    with pytest.raises(TimeoutError):
        asked.result(timeout=0.05)

    leading.add(output(5)[-1:])

    assert len(asked.result(timeout=5)) == 5


def test_returns_fewer_frames_if_the_segment_has_no_more(
    leading: LeadingFrames, threads: ThreadPoolExecutor
) -> None:
    asked: Future[Frames] = threads.submit(leading.frames, 5)

    leading.add(output(3))
    leading.end()

    assert len(asked.result(timeout=5)) == 3


def test_stops_waiting_when_the_encoding_is_abandoned(
    leading: LeadingFrames, monitor: EncodingMonitor, threads: ThreadPoolExecutor
) -> None:
    asked: Future[Frames] = threads.submit(leading.frames, 5)

    monitor.abandon()

    with pytest.raises(AbandonedError):
        asked.result(timeout=5)


def test_keeps_only_the_beginning_of_a_long_segment(leading: LeadingFrames) -> None:
    block = layer3.encode(FRAMES)
    for _ in range(100):
        leading.add(block)

    assert 10 <= len(leading.frames(10)) <= (10 * LARGEST_FRAME + len(block)) // 417
