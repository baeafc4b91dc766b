"""Decoding an audio track packet by packet, damaged ones among them."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from tracklift_adapters.lame.discrete import placed_in_room
from tracklift_adapters.lame.packets import AudioPacket

_log = logging.getLogger(__name__)

_PREROLL = 1.0
"""Seconds decoded before what is wanted: decoders have to hear what came before, MP3's up to nine frames of it."""
_SEVERAL = 1.5
"""Times the largest packet so far: more than that is several."""


@dataclass(slots=True)
class DecodedPacket:
    """The sound of one packet."""

    frames: list[AudioFrame]
    is_lost: bool
    """Whether it could not be decoded, so that there are no frames."""
    time: float
    """Second of the media at which it begins, as the file has it."""
    seconds: float
    """How long it lasts."""
    declared: float | None
    """How many seconds it lasts, as the file has it."""
    is_several: bool = False
    """Whether it is several lost ones, which libavformat does not tell apart where it looks for frames itself."""
    cut_off: AudioFrame | None = None
    """Of what was cut off its end, because the next one begins there, the first frame."""


def is_skipped(packet: AudioPacket, wanted_from: float) -> bool:
    """Tell whether a packet lies too far in front of a second of the media to be decoded."""
    if packet.pts is None or packet.size == 0:
        return False
    return packet.pts * float(packet.time_base or 0) < wanted_from - _PREROLL


def decode_packets(
    stream: AudioStream, packets: Iterable[AudioPacket], wanted_from: float
) -> Iterator[DecodedPacket]:
    """Decode what is wanted from a second of the media on, and some before it.

    Packets of which a decoder makes nothing yet, without complaint, are left out.
    """
    unit = float(stream.time_base or 0)
    skips = wanted_from > _PREROLL
    time, usual, damaged, largest = 0.0, 0.0, 0, 0
    for packet in packets:
        if skips and is_skipped(packet, wanted_from):
            continue
        begin = packet.pts
        declared = packet.duration * unit if packet.duration else None
        try:
            frames = [placed_in_room(frame) for frame in stream.decode(packet) if frame.samples]
            whole = not packet.is_corrupt
        except av.error.FFmpegError as error:
            _log.debug("The packet at %s: %s", begin, error)
            frames, whole = [], False
        if not whole:
            damaged += 1
            frames, seconds = [], usual or declared or 0.0
        elif not frames:
            continue
        else:
            seconds = frames[0].samples / frames[0].sample_rate
            for frame in frames[1:]:
                seconds += frame.samples / frame.sample_rate
            usual, largest = seconds, max(largest, packet.size)
            begin = frames[0].pts if frames[0].pts is not None else begin
        time = time if begin is None else begin * unit
        is_several = not whole and packet.size > _SEVERAL * largest > 0
        yield DecodedPacket(frames, not whole, time, seconds, declared, is_several)
        time += seconds
    if damaged:
        _log.warning("%d packets could not be decoded.", damaged)
