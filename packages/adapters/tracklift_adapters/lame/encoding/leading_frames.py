"""The first frames that a segment's encoder outputs. The previous segment's encoder compares them with its own."""

from tracklift_adapters.lame.encoding.bounded_queue import EncodingMonitor
from tracklift_adapters.lame.mp3.frame_header import LARGEST_FRAME
from tracklift_adapters.lame.mp3.frames import Frames


class LeadingFrames:
    """Written by one thread and read by another one."""

    def __init__(self, monitor: EncodingMonitor, max_frames: int) -> None:
        """Keep as much output as `max_frames` frames may need."""
        self._monitor = monitor
        self._max_bytes = max_frames * LARGEST_FRAME
        self._output = b""
        self._ended = False

    def add(self, output: bytes) -> None:
        """Append output of the encoder; it is ignored once there is enough."""
        if len(self._output) < self._max_bytes:
            self._output += output
            self._monitor.notify()

    def end(self) -> None:
        """Record that the encoder has no more output."""
        self._ended = True
        self._monitor.notify()

    def frames(self, count: int) -> Frames:
        """Wait for at least so many frames and return all that there are; fewer if the segment has no more.

        Raises:
            AbandonedError: the encoding has been abandoned.
        """
        self._monitor.wait_until(lambda: self._ended or len(Frames(self._output)) >= count)
        return Frames(self._output)
