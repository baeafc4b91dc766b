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
    """Return the stream of a track, by the track's id or else by its number among audio streams, counted from 0.

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
    """Yield the track's packets up to the end; the last one is empty.

    Args:
        container: The opened file.
        stream: The track.
        size: Size of the file in bytes.

    Raises:
        ExtractionError: `corrupt_media`, if the file ends before the track does.
    """
    for other in container.streams:
        other.discard = Discard.default if other is stream else Discard.all
    demuxed = container.demux(stream)
    while True:
        try:
            packet = next(demuxed, None)
        except av.error.FFmpegError as error:
            if _is_truncated(stream, size):
                raise incomplete_audio() from error
            # What follows the audio is invalid, but not needed.
            _log.warning("The rest of the video can't be read, but has no audio: %s", error)
            return
        if packet is None:
            return
        if packet.size == 0:
            if packet.pts is not None:
                continue  # A sample without bytes, which a decoder would take as the end.
            if _is_truncated(stream, size):
                raise incomplete_audio()
        # Few packets have any; to ask for one kind takes three times as long.
        if next(packet.iter_sidedata(), None) is not None and packet.has_sidedata(_TRIMMING):
            _play_to_the_end(packet)
        yield _kept(packet) if packet.is_discard else packet


def _play_to_the_end(packet: AudioPacket) -> None:
    """Make the decoder trim nothing from the end of a packet.

    From FFmpeg 9 on, libavformat has the last packet trimmed to a declared duration, which may be wrong. This engine
    applies the edit list itself. The data are two integers of 32 bits: samples to trim at the beginning and end.
    """
    trimming = packet.get_sidedata(_TRIMMING)
    data = bytearray(bytes(trimming))
    data[4:8] = bytes(4)
    trimming.update(bytes(data))
    packet.set_sidedata(trimming)


def _kept(packet: AudioPacket) -> AudioPacket:
    """Return a copy of a packet without the mark to discard it.

    libavformat marks fragments whose timestamps go back, such as the first one of each recording where several were
    concatenated.
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


def _is_truncated(stream: AudioStream, size: int) -> bool:
    """Return whether the file ends before the last packet in its index."""
    entries = stream.index_entries
    return len(entries) > 0 and entries[-1].pos + entries[-1].size > size
