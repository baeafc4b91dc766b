"""Encoding one recording with one encoder, at the same time as it is decoded."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from tracklift_adapters.lame.encoder import LameEncoder, Samples
from tracklift_adapters.lame.handover import Feed, Handover
from tracklift_adapters.lame.mp3_copy import copy_mp3
from tracklift_adapters.lame.music import ByteSink, Music


class SingleEncoder:
    """Takes the samples of a recording in order and has them encoded in another thread, in constant memory."""

    def __init__(
        self,
        open_encoder: Callable[[], LameEncoder],
        sink: ByteSink,
        *,
        most_waiting: int,
        encoded: Callable[[int], None],
    ) -> None:
        """Begin.

        Args:
            open_encoder: Makes the encoder.
            sink: Takes the frames.
            most_waiting: How many samples of each channel may wait.
            encoded: Told now and then, in the caller's thread, how many samples are encoded.
        """
        self._open_encoder = open_encoder
        self._encoded = encoded
        self._handover = Handover(most_waiting)
        self._feed = Feed(self._handover)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="lame")
        self._music = self._thread.submit(lambda: copy_mp3(self._frames(), sink))
        self._music.add_done_callback(lambda _: self._handover.tell_change())

    def write(self, samples: Samples) -> None:
        """Go on with the recording. Waits while much more is decoded than is encoded.

        Raises:
            What the encoder and the sink raise.
        """
        self._feed.put(samples)
        self._encoded(self._handover.encoded)
        self._wait(lambda: self._handover.is_full)

    def finish(self) -> Music:
        """Encode what is left.

        Raises:
            What the encoder and the sink raise.
        """
        self._feed.end()
        self._wait(lambda: True)
        return self._music.result()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._handover.abandon()
        self._thread.shutdown()

    def _wait(self, hindered: Callable[[], bool]) -> None:
        while hindered() and not self._music.done():
            self._handover.wait_while(lambda: hindered() and not self._music.done())
            self._encoded(self._handover.encoded)
        if self._music.done():
            self._music.result()

    def _frames(self) -> Iterator[bytes]:
        with self._open_encoder() as encoder:
            for block in self._feed:
                yield encoder.encode(block)
            yield encoder.flush()
