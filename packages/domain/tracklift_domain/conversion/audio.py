"""The MP3 of a conversion."""

from dataclasses import dataclass

from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.identifiers import MediaId


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """The MP3 that was made. Size in bytes, duration in seconds, average bit rate in kbit/s."""

    media_id: MediaId
    size: int
    sha256: str
    duration: float
    bitrate: int
    damage: Damage | None = None
    """Sound that is silent or missing at the end; `None`: none."""
    chapters: tuple[Chapter, ...] = ()
    """Ascending."""
    peaks: bytes = b""
    """In the form of `PeakMeter`; empty: not known."""
