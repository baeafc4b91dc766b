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

from tracklift_adapters.mp4.samples.quicktime_packing import Packing, find_packing
from tracklift_adapters.mp4.structure.boxes import Box, children, fields, valid_children, version_and_flags
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.tracks.audio_codes import MP3_CODES
from tracklift_adapters.mp4.tracks.audio_config import LOW_COMPLEXITY, AudioConfig, read_audio_config
from tracklift_adapters.mp4.tracks.elementary_stream import read_elementary_stream

MP3 = ".mp3"
"""QuickTime's code for MPEG layer III, given for it in whichever of the three ways it is stored."""
_MP3_OBJECT_TYPES = frozenset({0x69, 0x6B})
_AAC_OBJECT_TYPES = frozenset({0x40, 0x66, 0x67, 0x68})
_EXTRA_LENGTHS = {1: 16, 2: 36}
"""Bytes that QuickTime's versions of the sample entry add."""
_ENTRY_LENGTH = 28
_LONGEST_DESCRIPTOR = 4096


@dataclass(frozen=True, slots=True)
class SampleEntry:
    """How sound is coded. 0 stands for a rate (Hz) or a number of channels that the entry does not tell."""

    codec: str
    sample_rate: int = 0
    channels: int = 0
    is_aac: bool = False
    reference: int = 0
    """Which data reference says where the samples lie, counted from 1."""
    packing: Packing | None = None
    """Of QuickTime's old forms, where it is told."""


def first_entry(source: ByteSource, stsd: Box) -> Box | None:
    """Give the first sample entry, which is the one that a decoder is set up for."""
    return next(children(source, stsd, skip=8), None)


def read_sample_entry(source: ByteSource, stsd: Box, entry: Box) -> SampleEntry:
    """Read an audio sample entry.

    Raises:
        ExtractionError: `corrupt_media`, when it is too short to be one.
    """
    data = fields(source, entry, 0, _ENTRY_LENGTH)
    reference, version, channels, bits, rate = struct.unpack(">6xHH6xHHxxxxI", data)
    sample_rate = rate >> 16
    extra = b""
    # A version of the table itself that is not 0 means ISO's own version 1 of the entry, which adds nothing here.
    if version_and_flags(source, stsd)[0] == 0 and version in _EXTRA_LENGTHS:
        extra = fields(source, entry, _ENTRY_LENGTH, _EXTRA_LENGTHS[version])
    if version == 2 and extra:
        sample_rate, channels, bits = _version_2(extra)
    found = SampleEntry(
        codec=_name(entry.type),
        sample_rate=sample_rate,
        channels=channels,
        reference=reference,
        packing=find_packing(entry.type, channels, bits, extra),
    )
    skip = _ENTRY_LENGTH + len(extra)
    if entry.type == b"mp4a" and entry.end - entry.start > skip:
        return _with_stream(source, entry, skip, found)
    return found


def _version_2(data: bytes) -> tuple[int, int, int]:
    rate, channels, bits = struct.unpack(">4xdI4xI12x", data)
    plausible = math.isfinite(rate) and 0 < rate < 2**31
    return int(rate) if plausible else 0, channels if channels < 2**16 else 0, min(bits, 64)


def _name(code: bytes) -> str:
    if code in MP3_CODES:
        return MP3
    return "".join(chr(byte) if 32 <= byte < 127 else "?" for byte in code)


def _with_stream(source: ByteSource, entry: Box, skip: int, found: SampleEntry) -> SampleEntry:
    boxes = valid_children(source, entry, skip)
    esds = boxes.get(b"esds") or valid_children(source, boxes.get(b"wave")).get(b"esds")
    if esds is None:
        return replace(found, is_aac=True)
    length = min(esds.end - esds.start, _LONGEST_DESCRIPTOR)
    stream = read_elementary_stream(fields(source, esds, 0, length)[4:])
    if stream.object_type in _MP3_OBJECT_TYPES:
        return replace(found, codec=MP3)
    found = replace(found, is_aac=stream.object_type in _AAC_OBJECT_TYPES)
    return _as_decoded(found, read_audio_config(stream.config)) if stream.config else found


def _as_decoded(found: SampleEntry, config: AudioConfig) -> SampleEntry:
    """Give what the decoder puts out: as configured, where the configuration tells."""
    rate = config.sample_rate or found.sample_rate
    if config.object_type == LOW_COMPLEXITY and found.sample_rate == 2 * config.sample_rate:
        rate = found.sample_rate  # band replication that only the frames themselves tell of
    return replace(found, sample_rate=rate, channels=config.channels or found.channels)
