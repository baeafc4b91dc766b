"""The sample entry: how a track's sound is coded (box `stsd`; ISO/IEC 14496-12, 8.5.2 and 12.2.3).

An audio sample entry is a box whose type is the codec. Eight bytes that all entries have are followed by version (16
bits), six reserved bytes, the number of channels (16), the sample size (16), four reserved bytes and the sample rate
(16.16 fixed point, so that 96 kHz does not fit). QuickTime's version 1 adds 16 bytes, its version 2 adds 36, of which
the first are a size, the sample rate as a 64-bit float and the number of channels (QuickTime File Format, Sound Sample
Descriptions). Boxes follow: `esds` for `mp4a`, in QuickTime files inside of `wave`.
"""

import math
import struct
from dataclasses import dataclass, replace

from tracklift_adapters.mp4.audio_config import LOW_COMPLEXITY, AudioConfig, read_audio_config
from tracklift_adapters.mp4.boxes import Box, children, fields, first_children, version_and_flags
from tracklift_adapters.mp4.byte_source import ByteSource
from tracklift_adapters.mp4.elementary_stream import read_elementary_stream

MP3 = ".mp3"
"""QuickTime's code for MPEG layer III, given for it in whichever of the three ways it is stored."""
_MP3_CODES = frozenset({b".mp3", b"ms\0\x55"})
_MP3_OBJECT_TYPES = frozenset({0x69, 0x6B})
_AUDIO_CODES = frozenset(
    {
        b"mp4a",
        b".mp3",
        b"ms\0\x55",
        b"ac-3",
        b"ec-3",
        b"alac",
        b"fLaC",
        b"Opus",
        b"samr",
        b"sawb",
        b"sowt",
        b"twos",
    }
)
"""Codes that ffmpeg takes for audio also where the handler says something else than sound or picture."""
_VERSION_1_LENGTH, _VERSION_2_LENGTH = 16, 36
_ENTRY_LENGTH = 28
_LONGEST_DESCRIPTOR = 4096


@dataclass(frozen=True, slots=True)
class SampleEntry:
    """How sound is coded. 0 stands for a rate (Hz) or a number of channels that the entry does not tell."""

    codec: str
    sample_rate: int
    channels: int


def is_audio(handler: bytes, code: bytes) -> bool:
    """Tell whether ffmpeg counts a track of this handler and sample entry as audio."""
    return handler == b"soun" or (handler != b"vide" and code in _AUDIO_CODES)


def first_entry(source: ByteSource, stsd: Box) -> Box | None:
    """Give the first sample entry, which is the one that a decoder is set up for."""
    return next(children(source, stsd, skip=8), None)


def read_sample_entry(source: ByteSource, stsd: Box, entry: Box) -> SampleEntry:
    """Read an audio sample entry.

    Raises:
        ExtractionError: `corrupt_media`, when it is too short to be one.
    """
    data = fields(source, entry, 0, _ENTRY_LENGTH)
    version, channels, rate = struct.unpack(">8xH6xHxxxxxxI", data)
    extra = 0
    sample_rate = rate >> 16
    if (
        version_and_flags(source, stsd)[0] == 0
    ):  # otherwise it is ISO's own version 1, which adds nothing here
        if version == 1:
            extra = _VERSION_1_LENGTH
        elif version == 2:
            extra = _VERSION_2_LENGTH
            sample_rate, channels = _version_2(fields(source, entry, _ENTRY_LENGTH, 16))
    found = SampleEntry(_name(entry.type), sample_rate, channels)
    if entry.type == b"mp4a" and entry.end - entry.start > _ENTRY_LENGTH + extra:
        return _with_stream(source, entry, _ENTRY_LENGTH + extra, found)
    return found


def _version_2(data: bytes) -> tuple[int, int]:
    rate, channels = struct.unpack(">4xdI", data)
    plausible = math.isfinite(rate) and 0 < rate < 2**31
    return int(rate) if plausible else 0, channels if channels < 2**16 else 0


def _name(code: bytes) -> str:
    if code in _MP3_CODES:
        return MP3
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in code)


def _with_stream(source: ByteSource, entry: Box, skip: int, found: SampleEntry) -> SampleEntry:
    boxes = first_children(source, entry, skip)
    esds = boxes.get(b"esds")
    if esds is None and b"wave" in boxes:
        esds = first_children(source, boxes[b"wave"]).get(b"esds")
    if esds is None:
        return found
    length = min(esds.end - esds.start, _LONGEST_DESCRIPTOR)
    stream = read_elementary_stream(fields(source, esds, 0, length)[4:])
    if stream.object_type in _MP3_OBJECT_TYPES:
        return replace(found, codec=MP3)
    return _as_decoded(found, read_audio_config(stream.config)) if stream.config else found


def _as_decoded(found: SampleEntry, config: AudioConfig) -> SampleEntry:
    """Give what the decoder puts out: as configured, where the configuration tells."""
    rate = config.sample_rate or found.sample_rate
    if config.object_type == LOW_COMPLEXITY and found.sample_rate == 2 * config.sample_rate:
        rate = found.sample_rate  # band replication that only the frames themselves tell of
    return SampleEntry(found.codec, rate, config.channels or found.channels)
