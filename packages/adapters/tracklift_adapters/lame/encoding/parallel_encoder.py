"""Encoding one recording with several encoders at the same time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tracklift_adapters.lame.encoding.bounded_queue import BoundedQueue, EncodingMonitor
from tracklift_adapters.lame.encoding.encoder import LameEncoder, Samples
from tracklift_adapters.lame.encoding.joiner import Joiner, Seams, agreement_before
from tracklift_adapters.lame.encoding.leading_frames import LeadingFrames
from tracklift_adapters.lame.encoding.segments import (
    FIRST_CHECKPOINT,
    LOOK_AHEAD,
    WARM_UP,
    PlanSegments,
    Segment,
    frame_samples,
)
from tracklift_adapters.lame.mp3.frame_writer import ByteSink, FrameWriter
from tracklift_adapters.lame.mp3.frames import Frames


@dataclass(slots=True)
class _Begun:
    """A segment whose encoding has begun."""

    segment: Segment
    """The first one ends with the recording until it is known where the second one begins."""
    queue: BoundedQueue


@dataclass(frozen=True, slots=True)
class _Encoded:
    output: bytes
    is_last: bool
    """Whether the recording ends with it."""


class ParallelEncoder:
    """Takes the samples of a recording in order, encodes its segments in threads, and joins them.

    Raises:
        LameError: LAME supports no such MP3.
        SeamError: two segments can't be joined, so the recording has to be encoded again as a single one.
    """

    def __init__(
        self,
        open_encoder: Callable[[], LameEncoder],
        sink: ByteSink,
        plan_segments: PlanSegments,
        *,
        sample_rate: int,
        encoded: Callable[[int], None],
    ) -> None:
        """Start.

        Args:
            open_encoder: Creates an encoder, with the same settings each time.
            sink: Where the frames are written.
            plan_segments: Called with each block until the second segment begins; what it returned last is kept to.
            sample_rate: Hz.
            encoded: Called from time to time in the caller's thread with the number of samples that are encoded.
        """
        self._open_encoder = open_encoder
        self._joiner = Joiner(sink)
        self._encoded = encoded
        self._frame = frame_samples(sample_rate)
        self._plan_segments = plan_segments
        expected = plan_segments(0, 0)
        self._monitor = EncodingMonitor(expected.max_waiting)
        self._threads = ThreadPoolExecutor(expected.encoders, thread_name_prefix="lame")
        self._is_split = False
        self._planned: deque[Segment] = deque()
        self._open: deque[_Begun] = deque()
        self._unfinished: deque[tuple[_Begun, Future[_Encoded]]] = deque()
        self._next_leading = self._new_leading_frames()
        self._position = 0
        self._begin(Segment(0, None))

    def write(self, samples: Samples) -> None:
        """Encode the next samples. Waits while too many are queued.

        Raises:
            What the encoders, the joiner and the sink raise.
        """
        count = samples.shape[1]
        self._begin_segments(self._position + count)
        for begun in tuple(self._open):
            segment = begun.segment
            start = max(segment.input_start * self._frame - self._position, 0)
            end = None if segment.input_end is None else segment.input_end * self._frame - self._position
            if start < count:
                begun.queue.put(samples[:, start:end])
            if end is not None and end <= count:
                begun.queue.close()
                self._open.popleft()
        self._position += count
        self._join_finished()
        self._encoded(self._monitor.encoded)
        self._wait(lambda: self._monitor.is_full)

    @property
    def seams(self) -> Seams:
        """How the segments have been joined so far."""
        return self._joiner.seams

    def finish(self) -> FrameWriter:
        """Encode and join the rest."""
        for begun in self._open:
            begun.queue.close()
        self._wait(lambda: bool(self._unfinished))
        return self._joiner.written

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._monitor.abandon()
        self._threads.shutdown(cancel_futures=True)

    def _begin_segments(self, end: int) -> None:
        """Begin the segments whose input begins before the sample `end`."""
        if not self._is_split:
            self._split(end)
        while self._planned and self._planned[0].input_start * self._frame < end:
            self._begin(self._planned.popleft())

    def _split(self, end: int) -> None:
        """Split the recording if the input of the second segment begins before the sample `end`."""
        first, *others = self._plan_segments(self._position, self._monitor.encoded).segments
        if others and others[0].input_start * self._frame < end:
            self._open[0].segment = first
            self._planned.extend(others)
            self._is_split = True

    def _begin(self, segment: Segment) -> None:
        begun = _Begun(segment, BoundedQueue(self._monitor))
        self._open.append(begun)
        leading, self._next_leading = self._next_leading, self._new_leading_frames()
        future = self._threads.submit(self._encode, begun, leading, self._next_leading)
        future.add_done_callback(lambda _: self._monitor.notify())
        self._unfinished.append((begun, future))

    def _new_leading_frames(self) -> LeadingFrames:
        return LeadingFrames(self._monitor, WARM_UP + LOOK_AHEAD)

    def _encode(self, begun: _Begun, leading: LeadingFrames, next_leading: LeadingFrames) -> _Encoded:
        """Encode a segment to its end, or until its encoder and the next segment's agree.

        This can't deadlock: the next segment has started by then, or starts without waiting for this one, because
        there are at least two threads.
        """
        output, count, agreed = bytearray(), 0, False
        try:
            with self._open_encoder() as encoder:
                for block in begun.queue:
                    # Each time anew: where the first segment ends is not known from the beginning.
                    places = [frames * self._frame - count for frames in begun.segment.checkpoints]
                    count += block.shape[1]
                    for samples, is_checkpoint in _split_at(block, places):
                        if agreed:
                            break
                        written = encoder.encode(samples)
                        output += written
                        leading.add(written)
                        agreed = is_checkpoint and _agree(output, begun.segment, next_leading)
                if agreed:
                    return _Encoded(bytes(output), is_last=False)
                written = encoder.flush()
                leading.add(written)
                start, end = begun.segment.input_start, begun.segment.input_end
                is_last = end is None or count < (end - start) * self._frame
                return _Encoded(bytes(output + written), is_last)
        finally:
            leading.end()

    def _wait(self, blocked: Callable[[], bool]) -> None:
        """Join finished segments until nothing blocks any more."""
        while blocked():
            self._monitor.wait_while(lambda: blocked() and not self._has_finished())
            self._join_finished()
            self._encoded(self._monitor.encoded)

    def _has_finished(self) -> bool:
        return bool(self._unfinished) and self._unfinished[0][1].done()

    def _join_finished(self) -> None:
        while self._has_finished():
            begun, future = self._unfinished.popleft()
            segment, encoded = begun.segment, future.result()
            if encoded.is_last:
                # A segment after the last one has only frames that the last one has, too.
                self._unfinished.clear()
            kept = None if encoded.is_last else segment.frames
            self._joiner.add(encoded.output, warm_up=segment.warm_up, kept=kept)


def _split_at(block: Samples, places: Iterable[int]) -> Iterator[tuple[Samples, bool]]:
    """Yield the samples of a block, split at those of the places that lie in it, and whether each part ends at one."""
    start = 0
    for place in places:
        if start < place <= block.shape[1]:
            yield block[:, start:place], True
            start = place
    if start < block.shape[1]:
        yield block[:, start:], False


def _agree(output: bytearray, segment: Segment, next_leading: LeadingFrames) -> bool:
    """Return whether the next segment's encoder outputs the same frames by now."""
    frames = Frames(output)
    last = len(frames) - 1
    same = last - (segment.checkpoints.start - FIRST_CHECKPOINT)
    return agreement_before(frames, last, next_leading.frames(same + 1), same) == 0
