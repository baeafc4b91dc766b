"""Videos that only the adapters in memory understand: a line of text says what is in them, and a picture may follow."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from tracklift_domain.extraction.audio_track import AudioTrack
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.tags import CoverPicture
from tracklift_domain.media.ports import SeekableReader

_BEGIN = b"in-memory video\n"
_END = b"\nend\n"


@dataclass(frozen=True, slots=True)
class InMemoryVideo:
    """What is in a video."""

    tracks: tuple[AudioTrack, ...]
    seconds: tuple[float, ...]
    """How much of each track can be decoded, whatever the track declares."""
    tags: tuple[tuple[str, str], ...] = ()
    cover: CoverPicture | None = None
    damage: Damage | None = None


def in_memory_video(
    *tracks: AudioTrack,
    seconds: Sequence[float] | None = None,
    tags: Sequence[tuple[str, str]] = (),
    cover: bytes = b"",
    damage: Damage | None = None,
) -> bytes:
    """Make the bytes of a video with these audio tracks.

    `seconds` tells how much of each can really be decoded; `None`: as much as is declared. `cover` is a PNG. `damage`
    is what an extraction reports.
    """
    if seconds is None:
        seconds = [track.duration or 0.0 for track in tracks]
    content = {
        "tracks": [asdict(track) for track in tracks],
        "seconds": list(seconds),
        "tags": list(tags),
        "cover": len(cover),
        "damage": damage and asdict(damage),
    }
    return _BEGIN + json.dumps(content).encode() + b"\n" + cover + _END


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
    line, _, _ = content.removeprefix(_BEGIN).partition(b"\n")
    values = json.loads(line)
    position, size = len(_BEGIN) + len(line) + 1, values["cover"]
    return InMemoryVideo(
        tracks=tuple(AudioTrack(**track | {"edits": ()}) for track in values["tracks"]),
        seconds=tuple(values["seconds"]),
        tags=tuple((name, text) for name, text in values["tags"]),
        cover=CoverPicture(media_type="image/png", position=position, size=size) if size else None,
        damage=_damage(values["damage"]),
    )


def _damage(values: dict[str, Any] | None) -> Damage | None:
    return None if values is None else Damage(**values | {"at": tuple(values["at"])})
