"""Copies a track that is MP3 already, frame by frame and unchanged.

An Info frame that lies in front of the music (also Fraunhofer's, "VBRI") is left out: it may count frames that were cut
off since, and a new one is written.
"""

from collections.abc import Iterable, Iterator

from tracklift_adapters.lame.frame_header import HEADER_SIZE, MONO, FrameHeader
from tracklift_adapters.lame.frames import Frames
from tracklift_adapters.lame.music import ByteSink, Music

_AT_ONCE = 2**20
_INFO_NAMES = (b"Info", b"Xing")
_FRAUNHOFER, _FRAUNHOFER_START = b"VBRI", HEADER_SIZE + 32


def copy_mp3(packets: Iterable[bytes], sink: ByteSink) -> Music:
    """Write the frames that the packets hold, and give what the new Info frame tells of them.

    Args:
        packets: one or more frames each, or parts of frames, without gaps. Of large packets no more than one is held.
        sink: takes the frames.

    Raises:
        ValueError: when this is no MP3 that can be copied; the message says why. What was written is of no use then.
            A player cannot change rate, version, or from one channel to two, on the way.
    """
    music = Music(sink)
    beginning = True
    for frames in _whole_frames(packets):
        if beginning:
            alike = _traits(frames.header(0))
        if any(_traits(header) != alike for header in frames.headers):
            raise ValueError("its sample rate or number of channels changes on the way")
        music.write(frames, 1 if beginning and _is_info(frames) else 0, len(frames))
        beginning = False
    if not music.sizes:
        raise ValueError("it has no frames")
    return music


def _whole_frames(packets: Iterable[bytes]) -> Iterator[Frames]:
    """Put packets together, as looking at each alone takes longer, and give the whole frames of these, one at least."""
    collected = bytearray()
    for packet in packets:
        collected += packet
        if len(collected) >= _AT_ONCE:
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
    """Whether the first frame has no music in it. Encoders pass over the checksum when they place its name."""
    frame, header = frames.joined(0, 1), frames.header(0)
    starts = {header.body_start, HEADER_SIZE + header.side_info_size}
    return frame.startswith(_FRAUNHOFER, _FRAUNHOFER_START) or any(
        frame.startswith(_INFO_NAMES, start) for start in starts
    )
