"""An MP3 that was made from a video."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

from tracklift_domain.extraction.damage import Damage


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedAudio:
    """A finished MP3, which the extractor keeps until its context is exited."""

    size: int
    """Bytes."""
    duration: float
    """Seconds of the MP3."""
    decoded: float
    """Seconds of the source's audio that were decoded between the plan's start and end."""
    bitrate: int
    """Average, kbit/s."""
    track: int
    """Which audio track it was made from, counted from 0."""
    damage: Damage | None
    """What is missing of the sound; `None`: nothing."""
    peaks: bytes = b""
    """As returned by `PeakMeter`; empty if they are not known."""
    chunks: Callable[[], AsyncIterator[bytes]]
    """Returns the bytes; each call begins with the first byte."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFile:
    """An MP3 that an engine has made."""

    path: Path
    size: int
    """Bytes."""
    duration: float
    """Seconds of the MP3."""
    decoded: float
    """Seconds of the source's audio that were decoded between the plan's start and end."""
    bitrate: int
    """Average, kbit/s."""
    track: int
    """Which audio track it was made from, counted from 0."""
    damage: Damage | None
    """What is missing of the sound; `None`: nothing."""
    peaks: bytes = b""
    """As returned by `PeakMeter`; empty if they are not known."""
