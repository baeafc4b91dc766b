"""The description of a finished MP3 in a terminal."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.extract_audio import Extraction
from tracklift_terminal.shown import printable


def outcome_lines(target: Path | str, extraction: Extraction) -> Iterator[str]:
    """Give a line about the MP3 and, if they apply, lines about the chosen track, silence and a missing end."""
    audio, tracks = extraction.audio, extraction.tracks
    yield f"{target}  {_position(audio.duration)}  {audio.bitrate} kbit/s  {audio.size:,} bytes"
    if len(tracks) > 1:
        language = tracks[audio.track].language
        named = f" ({printable(language)})" if language else ""
        yield f"  made from audio track {audio.track + 1}{named} of {len(tracks)}"
    if audio.damage is not None:
        yield from _damage_lines(audio.damage)


def outcome_object(extraction: Extraction) -> dict[str, Any]:
    """Give the same as a JSON object: sizes in bytes, times in seconds, bit rates in kbit/s."""
    audio, damage = extraction.audio, extraction.audio.damage
    return {
        "size": audio.size,
        "duration": audio.duration,
        "bitrate": audio.bitrate,
        "track": audio.track + 1,
        "tracks": len(extraction.tracks),
        "damage": damage and {"silent": damage.silent, "at": list(damage.at), "cut_off": damage.cut_off},
    }


def _damage_lines(damage: Damage) -> Iterator[str]:
    if damage.silent > 0:
        yield (
            f"  {max(damage.silent, 0.01):.2f} seconds of the sound could not be decoded and are silent, "
            f"first at {_position(damage.at[0])}"
        )
    if damage.cut_off is None:
        return
    if damage.cut_off > 0:
        seconds = max(damage.cut_off, 0.1)
        yield f"  the recording breaks off: about {seconds:.1f} seconds of sound are missing at its end"
    else:
        yield "  the recording breaks off, so its end is missing"


def _position(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds, 2), 60)
    return f"{int(minutes)}:{seconds:05.2f}"
