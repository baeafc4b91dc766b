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
    """Names, as ffmpeg's, and texts as they are in the file: of any length and with any characters."""
    cover: CoverPicture | None = None
    chapters: tuple[Chapter, ...] = ()
    """By seconds of what a player plays of the video, in any order."""
    readable: int | None = None
    """Bytes of the file up to which it is whole, where it is cut off behind them; `None`: all of it."""
    hidden: tuple[int, ...] = ()
    """Where in the file the types of boxes lie that are to be read as free space, ascending: they describe tracks that
    no decoder can read, for which a decoder would refuse the others."""
