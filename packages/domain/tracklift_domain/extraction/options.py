"""What the user wants the MP3 to be like."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from tracklift_domain.extraction.errors import InvalidOptionError

BITRATES = (64, 96, 128, 160, 192, 224, 256, 320)
"""Constant bit rates on offer, kbit/s: those of MPEG-1 layer III (ISO/IEC 11172-3) fit for music or speech."""
DEFAULT_BITRATE = 192
SAMPLE_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Hz: MPEG-2.5 (the first three), MPEG-2 (ISO/IEC 13818-3; the next three), MPEG-1 (ISO/IEC 11172-3)."""
LONGEST_TAG = 250
"""Characters of a title, an artist or an album."""
LAST_TRACK = 100
LAST_SECOND = 7 * 24 * 3600.0
LANGUAGE_PATTERN = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
"""Of BCP 47 the tags that are in use: a language, and maybe script, region or variant."""
_LANGUAGE = re.compile(LANGUAGE_PATTERN, re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,9}", re.ASCII)
SHORTEST_PART = 0.1
"""Seconds between start and end: less is hardly heard, and next to nothing looks like a damaged file."""


def highest_bitrate(sample_rate: int) -> int:
    """Give the highest bit rate (kbit/s) that layer III has at a sample rate (Hz) and LAME encodes.

    ISO/IEC 13818-3 ends at 160 kbit/s; MPEG-2.5 is encoded up to 64 kbit/s.
    """
    if sample_rate >= 32000:
        return 320
    return 160 if sample_rate >= 16000 else 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioOptions:
    """The options of one conversion. `None` leaves the choice to the source or to the default.

    Raises:
        InvalidOptionError: on construction, when a value is out of range or contradicts another.
    """

    bitrate: int | None = None
    """Constant bit rate, kbit/s, one of `BITRATES`. Neither this nor `quality`: `DEFAULT_BITRATE`."""
    quality: int | None = None
    """Variable bit rate: LAME's scale from 0 (best, largest) to 9."""
    channels: int | None = None
    """1 (mono) or 2 (stereo). `None`: as the source, at most 2."""
    sample_rate: int | None = None
    """Hz, one of `SAMPLE_RATES`. `None`: as the source, or the nearest that MP3 has."""
    start: float = 0.0
    """Where the MP3 begins, in seconds of the audio."""
    end: float | None = None
    """Where the MP3 ends, in seconds of the audio. `None`: at its end."""
    track: int | str | None = None
    """Which audio track, counted from 1, or the first in this language. `None`: the one that a player plays."""
    keep_delay: bool = False
    """Whether sound that begins later than the pictures has silence before it in the MP3, too."""
    normalize: bool = False
    """Whether to bring the loudness to −16 LUFS with a true peak of −1 dBTP (EBU R 128)."""
    title: str | None = None
    """A tag; it is never blank. `None`: as in the video, if that has one, and so for the other two."""
    artist: str | None = None
    album: str | None = None

    def __post_init__(self) -> None:
        _one_of("bitrate", self.bitrate, BITRATES)
        _one_of("channels", self.channels, (1, 2))
        _one_of("sample_rate", self.sample_rate, SAMPLE_RATES)
        if self.quality is not None and not 0 <= self.quality <= 9:
            raise InvalidOptionError("quality", "is from 0 (best) to 9.")
        if self.quality is not None and self.bitrate is not None:
            raise InvalidOptionError("quality", "can't be given together with bitrate: choose one.")
        _check_track(self.track)
        self._check_range()
        if self.sample_rate and self.bitrate and self.bitrate > highest_bitrate(self.sample_rate):
            limit = highest_bitrate(self.sample_rate)
            raise InvalidOptionError("bitrate", f"is at most {limit} kbit/s at {self.sample_rate} Hz.")
        for field in ("title", "artist", "album"):
            _check_tag(field, getattr(self, field))

    @property
    def leave_sound_as_it_is(self) -> bool:
        """Whether nothing is asked that changes the sound itself or its coding."""
        as_it_is = AudioOptions(track=self.track, title=self.title, artist=self.artist, album=self.album)
        return self == as_it_is

    def _check_range(self) -> None:
        # The comparisons are written so that a NaN fails them.
        if not 0 <= self.start <= LAST_SECOND:
            raise InvalidOptionError("start", f"is from 0 to {LAST_SECOND:.0f} seconds.")
        if self.end is not None and not self.start + SHORTEST_PART <= self.end <= LAST_SECOND:
            raise InvalidOptionError(
                "end",
                f"is at least {SHORTEST_PART:g} seconds after start and at most {LAST_SECOND:.0f} seconds.",
            )


def read_track(text: str) -> int | str:
    """Read the option `track` from text: what is no whole number is left for `AudioOptions` to check as a language."""
    return int(text) if _NUMBER.fullmatch(text) else text


def _one_of(field: str, value: int | None, allowed: Iterable[int]) -> None:
    if value is not None and value not in allowed:
        raise InvalidOptionError(field, f"is one of {', '.join(map(str, allowed))}.")


def _check_track(track: int | str | None) -> None:
    if isinstance(track, str):
        if _LANGUAGE.fullmatch(track) is None:
            raise InvalidOptionError("track", f"is from 1 to {LAST_TRACK}, or a language such as 'eng'.")
    elif track is not None and not 1 <= track <= LAST_TRACK:
        raise InvalidOptionError("track", f"is from 1 to {LAST_TRACK}, or a language such as 'eng'.")


def _check_tag(field: str, value: str | None) -> None:
    if value is None:
        return
    if len(value) > LONGEST_TAG:
        raise InvalidOptionError(field, f"has at most {LONGEST_TAG} characters.")
    if not value.isprintable() or not value.strip():
        raise InvalidOptionError(field, "is a line of printable characters.")
