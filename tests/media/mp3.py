"""What is written in an MP3 (ISO/IEC 11172-3; the Xing, Info and LAME tags; ID3v2.3)."""

import math
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracklift_adapters.lame.mp3.id3 import Id3Tag, Picture
from tracklift_domain.extraction.chapters import Chapter

_RATES = {3: (44100, 48000, 32000), 2: (22050, 24000, 16000), 0: (11025, 12000, 8000)}
_BITRATES_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_BITRATES_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame."""

    position: int
    size: int
    """Bytes."""
    bitrate: int
    """kbit/s."""
    rate: int
    """Hz."""
    samples: int
    channels: int


@dataclass(frozen=True, slots=True)
class Mp3:
    """What an MP3 says of itself."""

    kind: bytes
    """`Info` for a constant bit rate, `Xing` for a variable one."""
    announced_frames: int
    announced_bytes: int
    delay: int
    """Samples that the encoder put in front."""
    padding: int
    """Samples that it put behind."""
    frames: tuple[Frame, ...]
    """All but the one that says this."""

    @property
    def announced_samples(self) -> int:
        """How many samples there are to be heard."""
        return self.announced_frames * self.frames[0].samples - self.delay - self.padding

    @property
    def announced_seconds(self) -> float:
        return self.announced_samples / self.frames[0].rate


def id3_tag(
    values: Iterable[tuple[str, str]],
    picture: Picture | None = None,
    chapters: Sequence[Chapter] = (),
    duration: float = math.inf,
) -> bytes:
    """Write a tag as it is in an MP3 of this duration."""
    tag = Id3Tag(values, picture, chapters)
    content = tag.head + tag.rest(duration)
    assert len(content) == tag.size
    return content


def tag_length(content: bytes) -> int:
    """Give the length of the ID3v2.3 tag in front."""
    assert content[:5] == b"ID3\x03\0"
    a, b, c, d = content[6:10]
    return 10 + (a << 21 | b << 14 | c << 7 | d)


def read_mp3(content: bytes) -> Mp3:
    """Read an MP3 to its last byte; anything but frames behind the tag is an error."""
    position = tag_length(content)
    frames = []
    while position < len(content):
        frames.append(_frame(content, position))
        position += frames[-1].size
    assert position == len(content)
    first = frames[0]
    tag = first.position + 4 + _side_information(first)
    kind, flags, count, size = struct.unpack_from(">4sIII", content, tag)
    assert flags == 0xF
    lame = tag + 16 + 100 + 4
    delays = int.from_bytes(content[lame + 21 : lame + 24])
    return Mp3(kind, count, size, delays >> 12, delays & 0xFFF, tuple(frames[1:]))


def _frame(content: bytes, position: int) -> Frame:
    (header,) = struct.unpack_from(">I", content, position)
    assert header >> 21 == 0x7FF, f"no frame at {position}"
    version = header >> 19 & 3
    rate = _RATES[version][header >> 10 & 3]
    bitrate = (_BITRATES_1 if version == 3 else _BITRATES_2)[header >> 12 & 15]
    samples = 1152 if version == 3 else 576
    size = samples // 8 * bitrate * 1000 // rate + (header >> 9 & 1)
    return Frame(position, size, bitrate, rate, samples, 1 if header >> 6 & 3 == 3 else 2)


def _side_information(frame: Frame) -> int:
    if frame.samples == 1152:
        return 17 if frame.channels == 1 else 32
    return 9 if frame.channels == 1 else 17
