"""What the headers of a track say (boxes `tkhd`, `mdhd`, `elng`; ISO/IEC 14496-12, 8.3.2, 8.4.2 and 8.4.6)."""

from collections.abc import Mapping
from dataclasses import dataclass

from tracklift_adapters.mp4.structure.boxes import Box, fields, version_and_flags
from tracklift_adapters.mp4.structure.byte_source import ByteSource
from tracklift_adapters.mp4.tracks.language import LONGEST_TAG, from_code, from_tag

_ENABLED = 1


@dataclass(frozen=True, slots=True)
class TrackHeader:
    """What `tkhd` says. An id of 0 is none."""

    id: int = 0
    is_enabled: bool = True


@dataclass(frozen=True, slots=True)
class MediaHeader:
    """What `mdhd` and `elng` say: units per second, and the language. How long the media is the samples tell."""

    timescale: int = 0
    language: str | None = None


def read_track_header(source: ByteSource, tkhd: Box | None) -> TrackHeader:
    """Read the track's header.

    Raises:
        ExtractionError: `corrupt_media`, when it is too short.
    """
    if tkhd is None:
        return TrackHeader()
    version, flags = version_and_flags(source, tkhd)
    number = int.from_bytes(fields(source, tkhd, 20 if version == 1 else 12, 4))
    return TrackHeader(number, bool(flags & _ENABLED))


def read_media_header(source: ByteSource, media: Mapping[bytes, Box]) -> MediaHeader:
    """Read the header among the boxes of the track's media.

    Raises:
        ExtractionError: `corrupt_media`, when it is too short.
    """
    mdhd = media.get(b"mdhd")
    if mdhd is None:
        return MediaHeader()
    version, _ = version_and_flags(source, mdhd)
    offset, width = (20, 8) if version == 1 else (12, 4)
    timescale = int.from_bytes(fields(source, mdhd, offset, 4))
    code = int.from_bytes(fields(source, mdhd, offset + 4 + width, 2))
    return MediaHeader(
        timescale,
        _extended_language(source, media.get(b"elng")) or from_code(code),
    )


def _extended_language(source: ByteSource, elng: Box | None) -> str | None:
    if elng is None or elng.end - elng.start <= 4:
        return None
    return from_tag(fields(source, elng, 4, min(elng.end - elng.start - 4, LONGEST_TAG)))
