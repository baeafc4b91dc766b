"""Encoding one recording with several encoders at once."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from tracklift_adapters.lame.encoder import LameEncoder, Samples
from tracklift_adapters.lame.frames import Frames
from tracklift_adapters.lame.handover import Feed, Handover
from tracklift_adapters.lame.joiner import Joiner, Seams, place_of_agreement
from tracklift_adapters.lame.music import ByteSink, Music
from tracklift_adapters.lame.opening import Opening
from tracklift_adapters.lame.pieces import FIRST_LOOK, LOOK_AHEAD, WARM_UP, Division, Piece, frame_samples


@dataclass(frozen=True, slots=True)
class _Encoded:
    output: bytes
    is_last: bool
    """Whether the recording ends with it."""


class ParallelEncoder:
    """Takes the samples of a recording in order, has its pieces encoded in threads, and joins them.

    Raises:
        LameError: LAME makes no such MP3.
        SeamError: two pieces can't be joined: the whole has to be done again in a single one.
    """

    def __init__(
        self,
        open_encoder: Callable[[], LameEncoder],
        sink: ByteSink,
        division: Division,
        *,
        sample_rate: int,
        encoded: Callable[[int], None],
    ) -> None:
        """Begin.

        Args:
            open_encoder: Makes an encoder, the same each time.
            sink: Takes the frames.
            division: The pieces of the recording, and how many of them are worked on at once.
            sample_rate: Hz.
            encoded: Told now and then, in the caller's thread, how many samples are encoded.
        """
        self._open_encoder = open_encoder
        self._joiner = Joiner(sink)
        self._encoded = encoded
        self._frame = frame_samples(sample_rate)
        self._handover = Handover(division.most_waiting)
        self._threads = ThreadPoolExecutor(division.encoders, thread_name_prefix="lame")
        self._coming = deque(division.pieces)
        self._open: deque[tuple[Piece, Feed]] = deque()
        self._unfinished: deque[tuple[Piece, Future[_Encoded]]] = deque()
        self._opening = self._new_opening()
        self._position = 0

    def write(self, samples: Samples) -> None:
        """Go on with the recording. Waits while much more is decoded than is encoded."""
        count = samples.shape[1]
        self._begin_pieces(self._position + count)
        for piece, feed in tuple(self._open):
            begin = max(piece.first_fed * self._frame - self._position, 0)
            last = None if piece.last_fed is None else piece.last_fed * self._frame - self._position
            if begin < count:
                feed.put(samples[:, begin:last])
            if last is not None and last <= count:
                feed.end()
                self._open.popleft()
        self._position += count
        self._join_finished()
        self._encoded(self._handover.encoded)
        self._wait(lambda: self._handover.is_full)

    @property
    def seams(self) -> Seams:
        """How the pieces were joined so far."""
        return self._joiner.seams

    def finish(self) -> Music:
        """Encode and join what is left."""
        if not self._open:
            self._begin_pieces(self._position + 1)
        for _, feed in self._open:
            feed.end()
        self._wait(lambda: bool(self._unfinished))
        return self._joiner.music

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handover.abandon()
        self._threads.shutdown(cancel_futures=True)

    def _begin_pieces(self, end: int) -> None:
        while self._coming and self._coming[0].first_fed * self._frame < end:
            piece, feed = self._coming.popleft(), Feed(self._handover)
            self._open.append((piece, feed))
            opening, self._opening = self._opening, self._new_opening()
            future = self._threads.submit(self._encode, piece, feed, opening, self._opening)
            future.add_done_callback(lambda _: self._handover.tell_change())
            self._unfinished.append((piece, future))

    def _new_opening(self) -> Opening:
        return Opening(self._handover, WARM_UP + LOOK_AHEAD)

    def _encode(self, piece: Piece, feed: Feed, opening: Opening, next_opening: Opening) -> _Encoded:
        """Encode a piece to its end, or to where its encoder and that of the next piece agree.

        The next piece has begun then, or begins without waiting for this one: there are two threads or more.
        """
        output, fed, agreed = bytearray(), 0, False
        try:
            with self._open_encoder() as encoder:
                for block, is_look in _cut(feed, [frames * self._frame for frames in piece.looks]):
                    fed += block.shape[1]
                    if agreed:
                        continue
                    written = encoder.encode(block)
                    output += written
                    opening.add(written)
                    agreed = is_look and _agree(output, piece, next_opening)
                if agreed:
                    return _Encoded(bytes(output), is_last=False)
                written = encoder.flush()
                opening.add(written)
                is_last = piece.last_fed is None or fed < (piece.last_fed - piece.first_fed) * self._frame
                return _Encoded(bytes(output + written), is_last)
        finally:
            opening.end()

    def _wait(self, hindered: Callable[[], bool]) -> None:
        """Join what is finished until nothing hinders any more."""
        while hindered():
            self._handover.wait_while(lambda: hindered() and not self._has_finished())
            self._join_finished()
            self._encoded(self._handover.encoded)

    def _has_finished(self) -> bool:
        return bool(self._unfinished) and self._unfinished[0][1].done()

    def _join_finished(self) -> None:
        while self._has_finished():
            piece, future = self._unfinished.popleft()
            encoded = future.result()
            if encoded.is_last:
                # A piece behind the last one has nothing but what the last one has as well.
                self._unfinished.clear()
            kept = None if encoded.is_last else piece.kept
            self._joiner.add(encoded.output, warm_up=piece.warm_up, kept=kept)


def _cut(feed: Feed, places: Iterable[int]) -> Iterator[tuple[Samples, bool]]:
    """Give the samples of a feed, cut at these places, and whether such a place is behind them."""
    position, ahead = 0, deque(places)
    for block in feed:
        rest = block
        while ahead and ahead[0] <= position + rest.shape[1]:
            size = ahead.popleft() - position
            yield rest[:, :size], True
            position, rest = position + size, rest[:, size:]
        if rest.shape[1]:
            yield rest, False
            position += rest.shape[1]


def _agree(output: bytearray, piece: Piece, next_opening: Opening) -> bool:
    """Tell whether the encoder of the next piece writes the same by now."""
    frames = Frames(output)
    last = len(frames) - 1
    same = last - (piece.looks.start - FIRST_LOOK)
    return place_of_agreement(frames, last, next_opening.frames(same + 1), same) == 0
