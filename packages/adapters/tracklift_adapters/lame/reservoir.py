"""Main data in the bodies of frames: what lies before a frame's own body, and what of that may be overwritten.

Distances are counted in bytes of bodies, as `main_data_begin` counts them (ISO/IEC 11172-3, 2.4.2.7).
"""

from tracklift_adapters.lame.frames import Frames
from tracklift_adapters.lame.side_info import MOST_RESERVOIR


def room_before(frames: Frames, index: int) -> int:
    """Tell how many bytes before a frame's own body hold no main data of the frames before it.

    Each of these is asked where its main data end, back to where none can reach any more. The answer is negative
    where a frame's main data end behind its own body, which no encoder writes.
    """
    distance, free = 0, MOST_RESERVOIR
    for number in reversed(range(index)):
        distance += frames.body_size(number)
        side_info = frames.side_info(number)
        free = min(free, distance + side_info.main_data_begin - side_info.main_data_size)
        if distance >= MOST_RESERVOIR:
            break
    return min(free, distance)


def bytes_before(frames: Frames, index: int, count: int) -> bytes:
    """Give the `count` bytes that lie before a frame's own body, fewer where the first frame begins within them."""
    data = b""
    while len(data) < count and index > 0:
        index -= 1
        data = frames.body(index) + data
    return data[max(0, len(data) - count) :]


def lay_before(frames: Frames, index: int, data: bytes) -> None:
    """Lay bytes before a frame's own body, over as many bodies as they take; `room_before` tells where they may."""
    while data:
        index -= 1
        part = data[-frames.body_size(index) :]
        frames.replace_body_end(index, part)
        data = data[: len(data) - len(part)]
