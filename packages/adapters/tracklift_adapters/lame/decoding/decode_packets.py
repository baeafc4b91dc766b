"""Decoding an audio track packet by packet, even if some are damaged."""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream

from tracklift_adapters.lame.decoding.discrete_channels import with_speaker_layout
from tracklift_adapters.lame.decoding.packets import AudioPacket

_log = logging.getLogger(__name__)

_PREROLL = 1.0
"""Seconds that are decoded before the wanted position: decoders depend on earlier frames, that of MP3 on up to nine."""
_SEVERAL = 1.5
"""A damaged packet that is larger than the largest one so far by this factor consists of several."""


@dataclass(slots=True)
class DecodedPacket:
    """The decoded sound of one packet."""

    frames: list[AudioFrame]
    is_lost: bool
    """Whether it could not be decoded. There are no frames then."""
    time: float
    """Second of the media at which it starts, according to the file."""
    seconds: float
    """Duration."""
    declared: float | None
    """Duration in seconds according to the file."""
    is_several: bool = False
    """Whether it consists of several lost packets, which libavformat could not separate when parsing frames."""
    trimmed: AudioFrame | None = None
    """The first frame of what was trimmed from its end, because the next packet starts there."""


def is_skipped(packet: AudioPacket, wanted_from: float) -> bool:
    """Return whether a packet is so far before a second of the media that it need not be decoded."""
    if packet.pts is None or packet.size == 0:
        return False
    return packet.pts * float(packet.time_base or 0) < wanted_from - _PREROLL


def decode_packets(
    stream: AudioStream, packets: Iterable[AudioPacket], wanted_from: float
) -> Iterator[DecodedPacket]:
    """Decode packets from a second of the media on, and some before it.

    Packets for which the decoder has no output yet are left out.
    """
    unit = float(stream.time_base or 0)
    skips = wanted_from > _PREROLL
    time, usual, damaged, largest = 0.0, 0.0, 0, 0
    for packet in packets:
        if skips and is_skipped(packet, wanted_from):
            continue
        start = packet.pts
        declared = packet.duration * unit if packet.duration else None
        try:
            frames = [with_speaker_layout(frame) for frame in stream.decode(packet) if frame.samples]
            whole = not packet.is_corrupt
        except av.error.FFmpegError as error:
            _log.debug("The packet at %s: %s", start, error)
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
            start = frames[0].pts if frames[0].pts is not None else start
        time = time if start is None else start * unit
        is_several = not whole and packet.size > _SEVERAL * largest > 0
        yield DecodedPacket(frames, not whole, time, seconds, declared, is_several)
        time += seconds
    if damaged:
        _log.warning("%d packets could not be decoded.", damaged)
