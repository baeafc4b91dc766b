"""The video of a conversion."""

from dataclasses import dataclass

from tracklift_domain.extraction.source_track import SourceTrack


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceVideo:
    """What is known of the uploaded video. Size in bytes, SHA-256 in hexadecimal digits, duration in seconds."""

    name: str
    size: int | None = None
    sha256: str | None = None
    duration: float | None = None
    track: int | None = None
    """Which audio track the MP3 is made from, counted from 1."""
    tracks: tuple[SourceTrack, ...] = ()
    """Its audio tracks, as far as they can be chosen by number; empty until it was converted."""
    is_sound_extract: bool = False
    """Whether the client says that it sent the sound of the video only."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ResumableUpload:
    """What a client declared of a video that it sends in one part or several."""

    length: int
    """Bytes of the whole video."""
    note: str = ""
    """Text that the client wants to be given back with the upload."""
