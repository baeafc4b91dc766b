"""The bit reservoir: main data of a frame in the bodies of the frames before it, and where these may be overwritten.

Distances are counted in bytes of bodies, as `main_data_begin` counts them (ISO/IEC 11172-3, 2.4.2.7).
"""

from tracklift_adapters.lame.mp3.frames import Frames
from tracklift_adapters.lame.mp3.side_info import MAX_RESERVOIR


def room_before(frames: Frames, index: int) -> int:
    """Return how many bytes before a frame's own body are not used by main data of earlier frames.

    For that, the end of main data is computed for each earlier frame that could reach so far. The result is negative
    if a frame's main data end after its own body, which no encoder writes.
    """
    distance, free = 0, MAX_RESERVOIR
    for number in reversed(range(index)):
        distance += frames.body_size(number)
        side_info = frames.side_info(number)
        free = min(free, distance + side_info.main_data_begin - side_info.main_data_size)
        if distance >= MAX_RESERVOIR:
            break
    return min(free, distance)


def bytes_before(frames: Frames, index: int, count: int) -> bytes:
    """Return the `count` bytes before a frame's own body; fewer if the first frame begins within them."""
    data = b""
    while len(data) < count and index > 0:
        index -= 1
        data = frames.body(index) + data
    return data[max(0, len(data) - count) :]


def write_before(frames: Frames, index: int, data: bytes) -> None:
    """Overwrite the bytes before a frame's own body, in as many bodies as needed. See `room_before` for the limit."""
    while data:
        index -= 1
        part = data[-frames.body_size(index) :]
        frames.replace_body_end(index, part)
        data = data[: len(data) - len(part)]
