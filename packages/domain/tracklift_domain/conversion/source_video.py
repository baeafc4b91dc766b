"""The video of a conversion."""

from dataclasses import dataclass

from tracklift_domain.extraction.source_track import SourceTrack


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceVideo:
    """The uploaded video. Size in bytes, SHA-256 in hexadecimal digits, duration in seconds."""

    name: str
    size: int | None = None
    sha256: str | None = None
    duration: float | None = None
    track: int | None = None
    """Which audio track the MP3 is made from, counted from 1."""
    tracks: tuple[SourceTrack, ...] = ()
    """Its audio tracks that can be selected by number; empty before the conversion."""
    is_sound_extract: bool = False
    """Whether the client states that it sent only the sound of the video."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumableUpload:
    """What a client declared about a video that it sends in one or several parts."""

    length: int
    """Bytes of the whole video."""
    note: str = ""
    """Text that the client wants returned with the upload."""
