"""Videos that only the adapters in memory understand: a line of text says what is in them."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from tracklift_domain.conversion.errors import ExtractionError
from tracklift_domain.conversion.failure import FailureCode
from tracklift_domain.conversion.ports import SeekableReader
from tracklift_domain.conversion.video import AudioTrack

_BEGIN = b"in-memory video\n"
_END = b"\nend\n"


@dataclass(frozen=True, slots=True)
class InMemoryVideo:
    """What is in a video."""

    tracks: tuple[AudioTrack, ...]
    seconds: tuple[float, ...]
    """How much of each track can be decoded, whatever the track declares."""


def in_memory_video(*tracks: AudioTrack, seconds: Sequence[float] | None = None) -> bytes:
    """Make the bytes of a video with these audio tracks.

    `seconds` tells how much of each can really be decoded; `None`: as much as is declared.
    """
    if seconds is None:
        seconds = [track.duration or 0.0 for track in tracks]
    content = {"tracks": [asdict(track) for track in tracks], "seconds": list(seconds)}
    return _BEGIN + json.dumps(content).encode() + _END


def read_in_memory_video(video: SeekableReader) -> InMemoryVideo:
    """Read such a video.

    Raises:
        ExtractionError: `not_a_video` for other bytes, `corrupt_media` where the end is missing.
    """
    video.seek(0)
    content = video.read()
    if not content.startswith(_BEGIN):
        raise ExtractionError(FailureCode.NOT_A_VIDEO, "The file is not a video kept in memory: choose one.")
    if not content.endswith(_END):
        raise ExtractionError(FailureCode.CORRUPT_MEDIA, "The video is incomplete: upload it again.")
    values = json.loads(content.removeprefix(_BEGIN).removesuffix(_END))
    return InMemoryVideo(
        tracks=tuple(AudioTrack(**track) for track in values["tracks"]), seconds=tuple(values["seconds"])
    )
