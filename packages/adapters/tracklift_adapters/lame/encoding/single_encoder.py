"""Encoding one recording with one encoder, while it is decoded."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tracklift_adapters.lame.encoding.bounded_queue import BoundedQueue, EncodingMonitor
from tracklift_adapters.lame.encoding.encoder import LameEncoder, Samples
from tracklift_adapters.lame.mp3.frame_writer import ByteSink, FrameWriter
from tracklift_adapters.lame.mp3.mp3_copy import copy_mp3
from tracklift_adapters.lame.mp3.stuffing import without_stuffing


class SingleEncoder:
    """Takes the samples of a recording in order and encodes them in another thread, in constant memory."""

    def __init__(
        self,
        open_encoder: Callable[[], LameEncoder],
        sink: ByteSink,
        *,
        max_waiting: int,
        encoded: Callable[[int], None],
    ) -> None:
        """Start.

        Args:
            open_encoder: Creates the encoder.
            sink: Where the frames are written.
            max_waiting: How many samples per channel may be queued.
            encoded: Called from time to time in the caller's thread with the number of samples that are encoded.
        """
        self._open_encoder = open_encoder
        self._encoded = encoded
        self._monitor = EncodingMonitor(max_waiting)
        self._queue = BoundedQueue(self._monitor)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lame")
        self._written = self._thread.submit(lambda: copy_mp3(without_stuffing(self._frames()), sink))
        self._written.add_done_callback(lambda _: self._monitor.notify())

    def write(self, samples: Samples) -> None:
        """Encode the next samples. Waits while too many are queued.

        Raises:
            What the encoder and the sink raise.
        """
        self._queue.put(samples)
        self._encoded(self._monitor.encoded)
        self._wait(lambda: self._monitor.is_full)

    def finish(self) -> FrameWriter:
        """Encode the rest.

        Raises:
            What the encoder and the sink raise.
        """
        self._queue.close()
        self._wait(lambda: True)
        return self._written.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._monitor.abandon()
        self._thread.shutdown()

    def _wait(self, blocked: Callable[[], bool]) -> None:
        while blocked() and not self._written.done():
            self._monitor.wait_while(lambda: blocked() and not self._written.done())
            self._encoded(self._monitor.encoded)
        if self._written.done():
            self._written.result()

    def _frames(self) -> Iterator[bytes]:
        with self._open_encoder() as encoder:
            for block in self._queue:
                yield encoder.encode(block)
            yield encoder.flush()
