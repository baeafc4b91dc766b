"""Zeros in place of stuffing, so that the same sound with the same settings always becomes the same bytes.

An encoder fills the bits that no main data need (ancillary data, ISO/IEC 11172-3, 2.4.1.8), and decoders skip them.
With LAME they alternate, from the beginning of its input on. So where a segment begins decides which of them are ones,
and that depends on the number of processors.
"""

from collections.abc import Iterable, Iterator

import numpy as np

from tracklift_adapters.lame.mp3.frames import Frames
from tracklift_adapters.lame.mp3.side_info import main_data_of

_MIN_BYTES = 2**20
_HELD = 128
"""Frames. The bodies of so many have more bytes than the reservoir, even at 8 kbit/s. So the stuffing in front of a
frame that is not there yet begins in none before them."""


def without_stuffing(packets: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the output of an encoder with zeros in place of stuffing. Holds at most 1 MiB and one packet in memory."""
    held = bytearray()
    for packet in packets:
        held += packet
        if len(held) >= _MIN_BYTES:
            frames = Frames(held)
            clear_stuffing(frames, is_end=False)
            done = frames.joined(0, len(frames) - _HELD)
            yield done
            held = frames.data[len(done) :]
    frames = Frames(held)
    clear_stuffing(frames)
    yield bytes(frames.data)


def clear_stuffing(frames: Frames, *, is_end: bool = True) -> None:
    """Overwrite stuffing with zeros.

    Args:
        frames: Output of one encoder, so that the side information of all has the same size.
        is_end: Whether what follows the last frame's main data is stuffing, too, as no frame follows.
    """
    if not len(frames):
        return
    header = next(iter(frames.headers))
    data, offsets = np.frombuffer(frames.data, np.uint8), np.array(frames.offsets, np.int64)
    side_info = np.arange(header.side_info_start, header.body_start)
    begins, bits = main_data_of(header, data[offsets[:-1, None] + side_info])
    # From here on, positions are counted in the stream of all bodies, as `main_data_begin` counts them.
    bodies = np.append(0, np.cumsum(np.diff(offsets) - header.body_start))
    starts = bodies[:-1] - begins
    next_starts = np.append(starts[1:], bodies[-1] if is_end else starts[-1])
    ends = np.maximum(starts * 8 + bits, 0)
    is_followed = ends < next_starts * 8
    ends, next_starts = ends[is_followed], next_starts[is_followed]

    # The first byte, of which main data may use some bits.
    numbers = np.searchsorted(bodies, ends // 8, "right") - 1
    places = offsets[numbers] + header.body_start + ends // 8 - bodies[numbers]
    data[places] &= (0xFF << 8 - ends % 8 & 0xFF).astype(np.uint8)
    # The others, which may lie in several bodies.
    firsts = ends // 8 + 1
    are_left = firsts < next_starts
    ranges = firsts[are_left].tolist(), next_starts[are_left].tolist()
    numbers = np.searchsorted(bodies, firsts[are_left], "right") - 1
    limits = bodies.tolist()
    for first, end, number in zip(*ranges, numbers.tolist(), strict=True):
        _clear(frames, header.body_start, limits, number, first, end)


def _clear(frames: Frames, body_start: int, bodies: list[int], number: int, first: int, end: int) -> None:
    """Overwrite the bytes from `first` up to `end`, of which the first one lies in the body with this number."""
    while first < end:
        size = min(end, bodies[number + 1]) - first
        place = frames.offsets[number] + body_start + first - bodies[number]
        frames.data[place : place + size] = bytes(size)
        first, number = first + size, number + 1
