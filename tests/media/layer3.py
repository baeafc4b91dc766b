"""Writes and reads layer III frames with main data of one's own making: no sound, but all rules of the bit reservoir.

Written by the standard (ISO/IEC 11172-3, 2.4.1.7 and 2.4.2.7), apart from the code under test.
"""

from collections.abc import Sequence
from dataclasses import dataclass

HEADER = bytes.fromhex("fffb9044")
"""MPEG-1, 128 kbit/s, 44,100 Hz, stereo."""
MONO_HEADER = bytes.fromhex("fffb90c4")
SMALL_HEADER = bytes.fromhex("fff31804")
"""MPEG-2, 8 kbit/s, 16,000 Hz, stereo: a frame of 36 bytes, 15 of them body."""

TINY_HEADER = bytes.fromhex("fff31404")
"""MPEG-2, 8 kbit/s, 24,000 Hz, stereo: a frame of 24 bytes, 3 of them body."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How long the parts of a frame are, and of its side information, in bits."""

    size: int
    side_info: int
    begin: int
    before_lengths: int
    """Bits between `main_data_begin` and the first granule."""
    granule: int
    granules: int
    """For all channels."""
    most_begin: int

    @property
    def body(self) -> int:
        """How many bytes main data are laid into."""
        return self.size - 4 - self.side_info


LAYOUTS = {
    HEADER: Layout(417, 32, 9, 3 + 8, 59, 4, 511),
    MONO_HEADER: Layout(417, 17, 9, 5 + 4, 59, 2, 511),
    SMALL_HEADER: Layout(36, 17, 8, 2, 63, 2, 255),
    TINY_HEADER: Layout(24, 17, 8, 2, 63, 2, 255),
}


def encode(
    main_data: Sequence[bytes], *, header: bytes = HEADER, reservoir: int = 511, stuffing: int = 0xAA
) -> bytes:
    """Write one frame for each part of main data, as early as the reservoir lets it begin.

    Args:
        main_data: of each frame; a part that there is no room for is cut off.
        header: of every frame.
        reservoir: how many bytes are left over for later frames at most; what is more is stuffed.
        stuffing: each byte of what no main data use.
    """
    layout = LAYOUTS[header]
    body_size = layout.body
    stream = bytearray()
    heads = []
    for number, part in enumerate(main_data):
        space = number * body_size - len(stream)
        begin = min(space, reservoir, layout.most_begin)
        written = part[: begin + body_size]
        stream += bytes([stuffing]) * (space - begin) + written
        heads.append(header + side_info(layout, begin, len(written)))
    stream += bytes([stuffing]) * (len(main_data) * body_size - len(stream))
    return b"".join(
        head + stream[number * body_size : (number + 1) * body_size] for number, head in enumerate(heads)
    )


def side_info(layout: Layout, begin: int, length: int) -> bytes:
    """Write side information that takes `length` bytes of main data, spread over the granules."""
    bits = length * 8
    value = begin << layout.before_lengths
    for granule in range(layout.granules):
        taken = bits // layout.granules + (granule < bits % layout.granules)
        assert taken < 4096
        value = value << layout.granule | taken << layout.granule - 12
    written = layout.begin + layout.before_lengths + layout.granule * layout.granules
    return (value << layout.side_info * 8 - written).to_bytes(layout.side_info)


def decode(frames: bytes, *, header: bytes = HEADER) -> list[bytes | None]:
    """Read the main data of each frame; `None` where a part of them lies before the first frame."""
    layout = LAYOUTS[header]
    assert len(frames) % layout.size == 0
    reservoir = b""
    read: list[bytes | None] = []
    for start in range(0, len(frames), layout.size):
        frame = frames[start : start + layout.size]
        assert frame[:4] == header
        bits = "".join(f"{byte:08b}" for byte in frame[4 : 4 + layout.side_info])
        begin = int(bits[: layout.begin], 2)
        first = layout.begin + layout.before_lengths
        lengths = [bits[first + layout.granule * number :][:12] for number in range(layout.granules)]
        length = sum(int(each, 2) for each in lengths) // 8
        body = frame[4 + layout.side_info :]
        assert length <= begin + len(body), "main data end behind their frame"
        if begin > len(reservoir):
            read.append(None)
        else:
            read.append((reservoir[len(reservoir) - begin :] + body)[:length])
        reservoir += body
    return read
