"""Writing the audio frames of an MP3: all frames but the Info frame."""

from array import array
from typing import Protocol

from fastcrc import crc16

from tracklift_adapters.lame.mp3.frame_header import FrameHeader
from tracklift_adapters.lame.mp3.frames import Frames


class ByteSink(Protocol):
    """Anything that bytes are appended to, such as a file."""

    def write(self, data: bytes, /) -> object: ...


class FrameWriter:
    """Writes frames, and collects what the Info frame contains about them."""

    def __init__(self, sink: ByteSink) -> None:
        self._sink = sink
        self._first: FrameHeader | None = None
        self.sizes = array("H")
        """Of each frame, in bytes; at most `LARGEST_FRAME`."""
        self.size = 0
        """Of all frames, in bytes."""
        self.checksum = 0
        """CRC-16 of all bytes with the polynomial 0x8005, reflected, initially 0, as LAME computes it."""

    @property
    def first(self) -> FrameHeader:
        """The first frame's header.

        Raises:
            ValueError: there is no frame.
        """
        if self._first is None:
            raise ValueError("there are no frames")
        return self._first

    @property
    def samples(self) -> int:
        """How many samples per channel a decoder outputs, including the encoder's delay and padding."""
        return len(self.sizes) * self.first.samples if self.sizes else 0

    @property
    def constant_bitrate(self) -> bool:
        """Whether the frames differ by padding only: the sizes at two bitrates differ by at least 24 bytes."""
        return max(self.sizes, default=0) - min(self.sizes, default=0) <= 1

    @property
    def average_bitrate(self) -> float:
        """In kbit/s; 0 if there is no frame."""
        return self.size * 8 * self.first.sample_rate / self.samples / 1000 if self.sizes else 0

    def write(self, frames: Frames, start: int, end: int) -> None:
        """Write the frames from number `start` up to, but not including, `end`."""
        if start >= end:
            return
        if self._first is None:
            self._first = frames.header(start)
        data = frames.joined(start, end)
        self._sink.write(data)
        self.sizes.extend(frames.sizes(start, end))
        self.size += len(data)
        self.checksum = crc16.arc(data, self.checksum)
