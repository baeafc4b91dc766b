"""Copies MP3 frames unchanged.

An Info frame at the beginning (also Fraunhofer's, "VBRI") is left out: it may count frames that have been cut since. A
new one is written.
"""

from collections.abc import Iterable, Iterator

from tracklift_adapters.lame.mp3.frame_header import HEADER_SIZE, MONO, FrameHeader
from tracklift_adapters.lame.mp3.frame_writer import ByteSink, FrameWriter
from tracklift_adapters.lame.mp3.frames import Frames

_MIN_BYTES = 2**20
_INFO_NAMES = (b"Info", b"Xing")
_FRAUNHOFER, _FRAUNHOFER_START = b"VBRI", HEADER_SIZE + 32


def copy_mp3(packets: Iterable[bytes], sink: ByteSink) -> FrameWriter:
    """Write the frames that the packets contain, and return what a new Info frame needs to know.

    Args:
        packets: Frames or parts of frames, without gaps. At most 1 MiB and one packet are held in memory.
        sink: Where the frames are written.

    Raises:
        ValueError: this can't be copied, for the reason in the message; what has been written is useless then. Players
            can't handle a change of the sample rate, the version, or between one and two channels.
    """
    written = FrameWriter(sink)
    beginning = True
    for frames in _whole_frames(packets):
        if beginning:
            expected = _traits(frames.header(0))
        if any(_traits(header) != expected for header in frames.headers):
            raise ValueError("its sample rate or number of channels changes")
        written.write(frames, 1 if beginning and _is_info(frames) else 0, len(frames))
        beginning = False
    if not written.sizes:
        raise ValueError("it has no frames")
    return written


def _whole_frames(packets: Iterable[bytes]) -> Iterator[Frames]:
    """Combine packets, because parsing each alone takes longer, and yield their whole frames."""
    collected = bytearray()
    for packet in packets:
        collected += packet
        if len(collected) >= _MIN_BYTES:
            frames = Frames(collected)
            yield frames
            del collected[: frames.size]
    frames = Frames(collected)
    if len(frames):
        yield frames
    if frames.size < len(collected):
        raise ValueError("its last frame is cut off")


def _traits(header: FrameHeader) -> tuple[int, int, bool]:
    return header.version, header.sample_rate, header.mode == MONO


def _is_info(frames: Frames) -> bool:
    """Return whether the first frame is an Info frame. Some encoders ignore the checksum when they place its name."""
    frame, header = frames.joined(0, 1), frames.header(0)
    starts = {header.body_start, HEADER_SIZE + header.side_info_size}
    return frame.startswith(_FRAUNHOFER, _FRAUNHOFER_START) or any(
        frame.startswith(_INFO_NAMES, start) for start in starts
    )
