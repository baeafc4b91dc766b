"""An encoder's first frames, looked at from another thread."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.media import layer3
from tracklift_adapters.lame.frame_header import LARGEST_FRAME
from tracklift_adapters.lame.frames import Frames
from tracklift_adapters.lame.handover import AbandonedError, Handover
from tracklift_adapters.lame.opening import Opening

FRAMES = [bytes([number]) * 300 for number in range(20)]


@pytest.fixture
def handover() -> Handover:
    return Handover(most_waiting=0)


@pytest.fixture
def opening(handover: Handover) -> Opening:
    return Opening(handover, longest=10)


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def output(count: int) -> bytes:
    return layer3.encode(FRAMES[:count])


def heads(frames: Frames) -> list[bytes]:
    return [frames.head(index) for index in range(len(frames))]


def test_gives_what_is_there_already(opening: Opening) -> None:
    opening.add(output(7)[:1000])
    opening.add(output(7)[1000:])

    assert heads(opening.frames(5)) == heads(Frames(output(7)))


def test_waits_for_frames_that_are_not_whole_yet(opening: Opening, threads: ThreadPoolExecutor) -> None:
    opening.add(output(5)[:-1])
    asked: Future[Frames] = threads.submit(opening.frames, 5)
    with pytest.raises(TimeoutError):
        asked.result(timeout=0.05)

    opening.add(output(5)[-1:])

    assert len(asked.result(timeout=5)) == 5


def test_gives_fewer_frames_of_a_piece_that_has_no_more(
    opening: Opening, threads: ThreadPoolExecutor
) -> None:
    asked: Future[Frames] = threads.submit(opening.frames, 5)

    opening.add(output(3))
    opening.end()

    assert len(asked.result(timeout=5)) == 3


def test_waits_no_longer_than_anybody_wants_it(
    opening: Opening, handover: Handover, threads: ThreadPoolExecutor
) -> None:
    asked: Future[Frames] = threads.submit(opening.frames, 5)

    handover.abandon()

    with pytest.raises(AbandonedError):
        asked.result(timeout=5)


def test_keeps_no_more_of_a_long_piece_than_anybody_asks_for(opening: Opening) -> None:
    block = layer3.encode(FRAMES)
    for _ in range(100):
        opening.add(block)

    assert 10 <= len(opening.frames(10)) <= (10 * LARGEST_FRAME + len(block)) // 417
