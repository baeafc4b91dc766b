"""What a terminal is told about a finished MP3."""

from collections.abc import Iterator
from pathlib import Path

from tracklift_domain.conversion.extract_audio import Extraction


def outcome_lines(target: Path, extraction: Extraction) -> Iterator[str]:
    """Give a line about the MP3, and one each about a choice among tracks and about sound that was lost."""
    audio, tracks = extraction.audio, extraction.tracks
    yield f"{target}  {_position(audio.duration)}  {audio.bitrate} kbit/s  {audio.size:,} bytes"
    if len(tracks) > 1:
        language = tracks[audio.track].language
        named = f" ({_printable(language)})" if language else ""
        yield f"  made from audio track {audio.track + 1}{named} of {len(tracks)}"
    if audio.damage is not None:
        seconds = max(audio.damage.seconds, 0.01)
        yield (
            f"  {seconds:.2f} seconds of the sound could not be decoded and are silent, "
            f"first at {_position(audio.damage.at[0])}"
        )


def _position(seconds: float) -> str:
    minutes, seconds = divmod(seconds, 60)
    return f"{int(minutes)}:{seconds:05.2f}"


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
