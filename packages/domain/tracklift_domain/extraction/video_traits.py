"""What is inside an uploaded video."""

from dataclasses import dataclass

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.tags import CoverPicture


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoTraits:
    """What an inspection of a video found."""

    audio_tracks: tuple[AudioTrack, ...]
    """In the order of the file."""
    tags: tuple[tuple[str, str], ...] = ()
    """ffmpeg's names, and the texts as they are in the file: of any length and with any characters."""
    cover: CoverPicture | None = None
    chapters: tuple[Chapter, ...] = ()
    """Their times are seconds of the video as a player plays it; in any order."""
    readable: int | None = None
    """How many bytes of the file, from its beginning, are intact if the rest is cut off; `None`: all of them."""
    hidden: tuple[int, ...] = ()
    """Positions in the file, ascending, of the types of those boxes that must be read as free space: they describe
    tracks that no decoder can read and because of which a decoder would also refuse the other tracks."""
