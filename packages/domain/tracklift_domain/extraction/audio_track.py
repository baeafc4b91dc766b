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
    """Hz, as the file describes it: what is decoded may have another one."""
    channels: int
    """As the file describes it: what is decoded may have another number."""
    duration: float | None
    """Seconds that a player plays, as far as the file's times can be believed; `None` where they tell nothing."""
    id: int | None = None
    """The number by which the file names the track; `None` where it has none of its own."""
    language: str | None = None
    """ISO 639-2 code or BCP 47 tag, in lower case; `None` where the file says none."""
    is_declared_sound: bool = True
    """Whether the file calls it sound; else only its codec is one of sound, as that of a track of data may be."""
    is_enabled: bool = True
    has_samples: bool = True
    edits: tuple[Edit, ...] = ()
    """What of the media is played; none: all of it."""
    has_steady_clock: bool = True
    """Whether every sample lasts longer than nothing, as the file's times have it, so that they tell of drifts."""
    padding: float | None = 0.0
    """Seconds by which the last sample is shorter than samples usually are: what a decoder makes more is no sound.
    `None` if the file gives the last sample no possible duration: it is played whole."""
    delay: float = 0.0
    """Seconds by which the sound begins later than what begins first in the file."""
    missing: float | None = None
    """Seconds of the sound in a part that the file lacks, where it may lack some; `None`: it is all there."""
    byte_ranges: ByteRanges | None = field(default=None, compare=False, repr=False)
    """Where in the file its samples lie, in the order in which they are played, with what lies in small gaps between
    them; `None` where that is not known, or is another order than that of the file."""
    problem: Failure | None = None
    """Why nothing can be made of this track."""
