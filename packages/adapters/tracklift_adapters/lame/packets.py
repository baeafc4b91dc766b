"""The packets of one audio track."""

import logging
from collections.abc import Iterator
from typing import Final, TypeAlias, cast

import av
from av.audio.stream import AudioStream
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.failures import incomplete_audio

_log = logging.getLogger(__name__)
_TRIMMING: Final = "skip_samples"

AudioPacket: TypeAlias = "Packet[AudioStream]"


def find_stream(container: InputContainer, number: int, track: AudioTrack) -> AudioStream:
    """Give the stream of a track, by the track's id or else by its number among those of audio, counted from 0.

    Raises:
        ExtractionError: `no_audio_track`.
    """
    streams = container.streams.audio
    named = [stream for stream in streams if track.id is not None and stream.id == track.id]
    if len(named) == 1:
        return named[0]
    if number >= len(streams):
        raise ExtractionError(
            FailureCode.NO_AUDIO_TRACK, "The video has no such audio track: choose another one."
        )
    return streams[number]


def read_packets(container: InputContainer, stream: AudioStream, size: int) -> Iterator[AudioPacket]:
    """Give the track's packets up to the end; the last one is empty.

    `size` is how many bytes the file has.

    Raises:
        ExtractionError: `corrupt_media`, where the file ends before the track does.
    """
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    demuxed = container.demux(stream)
    while True:
        try:
            packet = next(demuxed, None)
        except av.error.FFmpegError as error:
            if _reaches_behind(stream, size):
                raise incomplete_audio() from error
            # What lies behind the sound makes no sense, and need not.
            _log.warning("The video can't be read further: %s", error)
            return
        if packet is None:
            return
        if packet.size == 0:
            if packet.pts is not None:
                continue  # A sample without bytes, which decoders would take for the end.
            if _reaches_behind(stream, size):
                raise incomplete_audio()
        if packet.has_sidedata(_TRIMMING):
            _play_to_the_end(packet)
        yield _kept(packet) if packet.is_discard else packet


def _play_to_the_end(packet: AudioPacket) -> None:
    """Have the decoder cut nothing off the end of a packet.

    From FFmpeg 9 on, libavformat wants the last packet cut at a duration that need not be right. What is played is
    decided here. The data are two numbers of 32 bits: samples to cut off in front and behind.
    """
    trimming = packet.get_sidedata(_TRIMMING)
    data = bytearray(bytes(trimming))
    data[4:8] = bytes(4)
    trimming.update(bytes(data))
    packet.set_sidedata(trimming)


def _kept(packet: AudioPacket) -> AudioPacket:
    """Give a packet that a decoder does not leave out.

    libavformat wants fragments left out whose times go back, as the first of each recording where several lie one
    behind the other.
    """
    kept = cast("AudioPacket", Packet(bytes(packet)))
    kept.pts, kept.dts, kept.duration, kept.time_base = (
        packet.pts,
        packet.dts,
        packet.duration,
        packet.time_base,
    )
    kept.is_corrupt = packet.is_corrupt
    return kept


def _reaches_behind(stream: AudioStream, size: int) -> bool:
    """Tell whether the file ends before the last of the packets that its index names."""
    entries = stream.index_entries
    return len(entries) > 0 and entries[-1].pos + entries[-1].size > size
