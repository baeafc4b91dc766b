"""Encoding one recording with several encoders at once."""

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tracklift_adapters.lame.encoder import LameEncoder, Samples
from tracklift_adapters.lame.handover import Feed, Handover
from tracklift_adapters.lame.joiner import Joiner, Seams
from tracklift_adapters.lame.music import ByteSink, Music
from tracklift_adapters.lame.pieces import Division, Piece, frame_samples


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
        self._unfinished: deque[tuple[Piece, Future[bytes]]] = deque()
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
        last, feed = self._open.popleft()
        feed.end()
        # A piece behind the last one has nothing but what the last one has as well.
        while self._unfinished[-1][0] is not last:
            self._unfinished.pop()
        self._unfinished[-1] = (Piece(last.start, None), self._unfinished[-1][1])
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
            future = self._threads.submit(self._encode, feed)
            future.add_done_callback(lambda _: self._handover.tell_change())
            self._unfinished.append((piece, future))

    def _encode(self, feed: Feed) -> bytes:
        with self._open_encoder() as encoder:
            frames = [encoder.encode(block) for block in feed]
            return b"".join([*frames, encoder.flush()])

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
            self._joiner.add(future.result(), warm_up=piece.warm_up, kept=piece.kept)
