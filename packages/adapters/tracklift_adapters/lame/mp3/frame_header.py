"""The header of a layer III frame (ISO/IEC 11172-3, 2.4.1.3 and 2.4.2.3; ISO/IEC 13818-3 for the lower rates).

32 bits, the highest first:

    bits  31-21  20-19    18-17  16          15-12    11-10  9        8        7-6   5-4        3-0
          sync   version  layer  no checksum bitrate  rate   padding  private  mode  extension  copyright ... emphasis

A frame has 1152 samples per channel in MPEG-1 and 576 in MPEG-2, which halves the rates, and in MPEG-2.5, which
halves them once more and is in no standard. It is as many bytes long as the bitrate gives in that time, rounded
down; one byte of padding in some frames makes up for the rounding. After the header there are a checksum of 16 bits if
any, the side information, and the *body*: the bytes for main data.
"""

import functools
from dataclasses import dataclass

HEADER_SIZE = 4
LARGEST_FRAME = 1441
"""Bytes: 320 kbit/s at 32 kHz, and one of padding."""
CHECKSUM_SIZE = 2
MPEG_1, MPEG_2, MPEG_2_5 = 3, 2, 0
"""The version's value in the header. 1 is reserved."""
MONO = 3
"""The mode of a single channel; the others (stereo, joint stereo, dual channel) have two."""
_RATES = {MPEG_1: (44100, 48000, 32000), MPEG_2: (22050, 24000, 16000), MPEG_2_5: (11025, 12000, 8000)}
_BITRATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclass(frozen=True, slots=True)
class FrameHeader:
    """A decoded header."""

    word: int
    """The encoded header as an integer of 32 bits."""
    version: int
    """`MPEG_1`, `MPEG_2` or `MPEG_2_5`."""
    bitrate: int
    """kbit/s."""
    sample_rate: int
    """Hz."""
    mode: int
    """0 stereo, 1 joint stereo, 2 dual channel, 3 mono."""
    padding: bool
    protected: bool
    """Whether a checksum follows."""

    @property
    def channels(self) -> int:
        return 1 if self.mode == MONO else 2

    @property
    def samples(self) -> int:
        """Samples per channel."""
        return 1152 if self.version == MPEG_1 else 576

    @property
    def size(self) -> int:
        """The size of the whole frame in bytes (2.4.3.1)."""
        return self.samples * self.bitrate * 125 // self.sample_rate + self.padding

    @property
    def side_info_start(self) -> int:
        """The offset of the side information in the frame."""
        return HEADER_SIZE + CHECKSUM_SIZE * self.protected

    @property
    def side_info_size(self) -> int:
        """The size of the side information in bytes (2.4.1.7)."""
        if self.version == MPEG_1:
            return 17 if self.mode == MONO else 32
        return 9 if self.mode == MONO else 17

    @property
    def body_start(self) -> int:
        """The offset of the body in the frame."""
        return self.side_info_start + self.side_info_size


@functools.lru_cache(maxsize=1024)
def read_header(data: bytes) -> FrameHeader:
    """Decode the first four bytes of a frame.

    Raises:
        ValueError: these are not four bytes, or not the header of a layer III frame, or in "free format", where only
            the distance to the next frame tells the size. LAME does not write that by default.
    """
    word = int.from_bytes(data)
    if len(data) != HEADER_SIZE or word >> 21 != 0x7FF:
        raise ValueError("these bytes begin no frame")
    if word >> 17 & 3 != 1:
        raise ValueError("this is not layer III")
    version, bitrate, rate = word >> 19 & 3, word >> 12 & 15, word >> 10 & 3
    if version == 1 or bitrate == 15 or rate == 3:
        raise ValueError("the header has a reserved value")
    if bitrate == 0:
        raise ValueError("the frame is in free format")
    return FrameHeader(
        word=word,
        version=version,
        bitrate=bitrates(version)[bitrate],
        sample_rate=_RATES[version][rate],
        mode=word >> 6 & 3,
        padding=bool(word >> 9 & 1),
        protected=not word >> 16 & 1,
    )


def bitrates(version: int) -> tuple[int, ...]:
    """Return a version's bitrates in kbit/s by their value in the header; 0 stands for free format."""
    return _BITRATES_1 if version == MPEG_1 else _BITRATES_2
