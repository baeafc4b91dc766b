"""The audio tracks of an uploaded video, as its record lists them."""

from collections.abc import Sequence
from dataclasses import dataclass

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.options import LAST_TRACK


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTrack:
    """One audio track: what a user needs to know in order to choose it."""

    number: int
    """Counted from 1, as in the option `track`."""
    language: str | None
    """According to the file: an ISO 639-2 code or a BCP 47 tag; `None` if it states none."""
    codec: str
    """See `AudioTrack.codec`."""
    channels: int


def list_tracks(tracks: Sequence[AudioTrack]) -> tuple[SourceTrack, ...]:
    """Describe the first `LAST_TRACK` tracks, which are the ones that can be chosen by number."""
    return tuple(
        SourceTrack(number=number, language=track.language, codec=track.codec, channels=track.channels)
        for number, track in enumerate(tracks[:LAST_TRACK], start=1)
    )
