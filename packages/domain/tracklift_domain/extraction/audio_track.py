"""An audio track of a video, as the file describes it."""

from dataclasses import dataclass, field

from tracklift_domain.extraction.failure import Failure
from tracklift_domain.extraction.timeline import Edit
from tracklift_domain.media.byte_ranges import ByteRanges


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioTrack:
    """One audio track of a video."""

    codec: str
    """The sample entry's four-character code in ISO/IEC 14496-12; `.mp3` for MPEG layer III, however it is stored."""
    sample_rate: int
    """Hz, according to the file; the decoded audio may have another rate."""
    channels: int
    """According to the file; the decoded audio may have another number."""
    duration: float | None
    """Seconds that a player plays, as far as the file's times are plausible; `None` if they are of no use."""
    id: int | None = None
    """The track's id in the file; `None` if it has no unique id."""
    language: str | None = None
    """ISO 639-2 code or BCP 47 tag, in lower case; `None` if the file states none."""
    is_declared_sound: bool = True
    """Whether the file declares it a sound track; otherwise only its codec is one for sound, as in some data tracks."""
    is_enabled: bool = True
    has_samples: bool = True
    edits: tuple[Edit, ...] = ()
    """Which parts of the media are played; empty: all of it."""
    has_steady_clock: bool = True
    """Whether the file gives every sample but the last a possible duration, so that its times reveal clock drift."""
    padding: float | None = 0.0
    """Seconds by which the last sample is shorter than usual; what a decoder outputs beyond that is not sound.
    `None` if the file gives the last sample an impossible duration: then it is played whole."""
    delay: float = 0.0
    """Seconds by which the sound begins later than the track that begins first in the file."""
    missing: float | None = None
    """Seconds of sound in a missing part of the file, 0 if an unknown amount may be missing; `None`: nothing is."""
    byte_ranges: ByteRanges | None = field(default=None, compare=False, repr=False)
    """Where its samples are in the file, in playing order, including small gaps between them; `None` if that is not
    known, or if the playing order differs from the order in the file."""
    problem: Failure | None = None
    """Why this track can't be converted; `None`: it can."""
