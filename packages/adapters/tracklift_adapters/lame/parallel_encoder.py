"""Encoding one recording with several encoders at the same time."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tracklift_adapters.lame.bounded_queue import BoundedQueue, EncodingMonitor
from tracklift_adapters.lame.encoder import LameEncoder, Samples
from tracklift_adapters.lame.frame_writer import ByteSink, FrameWriter
from tracklift_adapters.lame.frames import Frames
from tracklift_adapters.lame.joiner import Joiner, Seams, agreement_before
from tracklift_adapters.lame.leading_frames import LeadingFrames
from tracklift_adapters.lame.segments import (
    FIRST_CHECKPOINT,
    LOOK_AHEAD,
    WARM_UP,
    Segment,
    Segmentation,
    frame_samples,
)


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
        segmentation: Segmentation,
        *,
        sample_rate: int,
        encoded: Callable[[int], None],
    ) -> None:
        """Start.

        Args:
            open_encoder: Creates an encoder, with the same settings each time.
            sink: Where the frames are written.
            segmentation: The segments of the recording, and how many are encoded at the same time.
            sample_rate: Hz.
            encoded: Called from time to time in the caller's thread with the number of samples that are encoded.
        """
        self._open_encoder = open_encoder
        self._joiner = Joiner(sink)
        self._encoded = encoded
        self._frame = frame_samples(sample_rate)
        self._monitor = EncodingMonitor(segmentation.max_waiting)
        self._threads = ThreadPoolExecutor(segmentation.encoders, thread_name_prefix="lame")
        self._planned = deque(segmentation.segments)
        self._open: deque[tuple[Segment, BoundedQueue]] = deque()
        self._unfinished: deque[tuple[Segment, Future[_Encoded]]] = deque()
        self._next_leading = self._new_leading_frames()
        self._position = 0

    def write(self, samples: Samples) -> None:
        """Encode the next samples. Waits while too many are queued.

        Raises:
            What the encoders, the joiner and the sink raise.
        """
        count = samples.shape[1]
        self._start_segments(self._position + count)
        for segment, queue in tuple(self._open):
            start = max(segment.input_start * self._frame - self._position, 0)
            end = None if segment.input_end is None else segment.input_end * self._frame - self._position
            if start < count:
                queue.put(samples[:, start:end])
            if end is not None and end <= count:
                queue.close()
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
        if not self._open:
            self._start_segments(self._position + 1)
        for _, queue in self._open:
            queue.close()
        self._wait(lambda: bool(self._unfinished))
        return self._joiner.written

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._monitor.abandon()
        self._threads.shutdown(cancel_futures=True)

    def _start_segments(self, end: int) -> None:
        while self._planned and self._planned[0].input_start * self._frame < end:
            segment, queue = self._planned.popleft(), BoundedQueue(self._monitor)
            self._open.append((segment, queue))
            leading, self._next_leading = self._next_leading, self._new_leading_frames()
            future = self._threads.submit(self._encode, segment, queue, leading, self._next_leading)
            future.add_done_callback(lambda _: self._monitor.notify())
            self._unfinished.append((segment, future))

    def _new_leading_frames(self) -> LeadingFrames:
        return LeadingFrames(self._monitor, WARM_UP + LOOK_AHEAD)

    def _encode(
        self, segment: Segment, queue: BoundedQueue, leading: LeadingFrames, next_leading: LeadingFrames
    ) -> _Encoded:
        """Encode a segment to its end, or until its encoder and the next segment's agree.

        This can't deadlock: the next segment has started by then, or starts without waiting for this one, because
        there are at least two threads.
        """
        output, count, agreed = bytearray(), 0, False
        try:
            with self._open_encoder() as encoder:
                places = [frames * self._frame for frames in segment.checkpoints]
                for block, is_checkpoint in _split_at(queue, places):
                    count += block.shape[1]
                    if agreed:
                        continue
                    written = encoder.encode(block)
                    output += written
                    leading.add(written)
                    agreed = is_checkpoint and _agree(output, segment, next_leading)
                if agreed:
                    return _Encoded(bytes(output), is_last=False)
                written = encoder.flush()
                leading.add(written)
                end = segment.input_end
                is_last = end is None or count < (end - segment.input_start) * self._frame
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
            segment, future = self._unfinished.popleft()
            encoded = future.result()
            if encoded.is_last:
                # A segment after the last one has only frames that the last one has, too.
                self._unfinished.clear()
            kept = None if encoded.is_last else segment.frames
            self._joiner.add(encoded.output, warm_up=segment.warm_up, kept=kept)


def _split_at(queue: BoundedQueue, places: Iterable[int]) -> Iterator[tuple[Samples, bool]]:
    """Yield the samples of a queue, split at these places, and whether each block ends at one of them."""
    position, ahead = 0, deque(places)
    for block in queue:
        rest = block
        while ahead and ahead[0] <= position + rest.shape[1]:
            size = ahead.popleft() - position
            yield rest[:, :size], True
            position, rest = position + size, rest[:, size:]
        if rest.shape[1]:
            yield rest, False
            position += rest.shape[1]


def _agree(output: bytearray, segment: Segment, next_leading: LeadingFrames) -> bool:
    """Return whether the next segment's encoder outputs the same frames by now."""
    frames = Frames(output)
    last = len(frames) - 1
    same = last - (segment.checkpoints.start - FIRST_CHECKPOINT)
    return agreement_before(frames, last, next_leading.frames(same + 1), same) == 0
