"""What kind of MP3 the user wants: every option, declared once."""

from dataclasses import dataclass, field, fields
from typing import cast

from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.option import Option, OptionValue, declare
from tracklift_domain.extraction.option_kinds import (
    Choice,
    Flag,
    Seconds,
    TextLine,
    TrackChoice,
    WholeNumber,
)

BITRATES = (64, 96, 128, 160, 192, 224, 256, 320)
"""Constant bit rates on offer, kbit/s: those of MPEG-1 layer III (ISO/IEC 11172-3) fit for music or speech."""
DEFAULT_BITRATE = 192
SAMPLE_RATES = (8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100, 48000)
"""Hz: MPEG-2.5 (the first three), MPEG-2 (ISO/IEC 13818-3; the next three), MPEG-1 (ISO/IEC 11172-3)."""
LONGEST_TAG = 250
"""Characters of a title, an artist or an album."""
LAST_TRACK = 100
LAST_SECOND = 7 * 24 * 3600.0
SHORTEST_PART = 0.1
"""Seconds between start and end: less is hardly heard, and next to nothing looks like a damaged file."""


def highest_bitrate(sample_rate: int) -> int:
    """Return the highest bit rate (kbit/s) that layer III defines at a sample rate (Hz) and LAME can encode.

    ISO/IEC 13818-3 ends at 160 kbit/s; MPEG-2.5 is encoded up to 64 kbit/s.
    """
    if sample_rate >= 32000:
        return 320
    return 160 if sample_rate >= 16000 else 64


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioOptions:
    """The options of one conversion. `None` leaves the choice to the source or to the default.

    Each field declares one option. Everything else is generated from it: form and query fields, the OpenAPI document,
    what is stored and shown, the command line, and the table in the README.

    Raises:
        InvalidOptionError: on construction, when a value is out of range or contradicts another.
    """

    bitrate: int | None = field(
        default=None,
        metadata=declare(Choice(BITRATES), "Constant bit rate", unit="kbit/s", otherwise=DEFAULT_BITRATE),
    )
    quality: int | None = field(
        default=None,
        metadata=declare(
            WholeNumber(0, 9), "Variable bit rate instead, on LAME's scale, where 0 is the best"
        ),
    )
    channels: int | None = field(
        default=None,
        metadata=declare(Choice((1, 2)), "Mono or stereo", otherwise="as in the video, at most 2"),
    )
    sample_rate: int | None = field(
        default=None,
        metadata=declare(
            Choice(SAMPLE_RATES),
            "Sample rate",
            unit="Hz",
            otherwise="as in the video, or the next that MP3 has",
        ),
    )
    start: float = field(
        default=0.0,
        metadata=declare(
            Seconds(LAST_SECOND), "Where the MP3 begins, exact to the sample", unit="seconds", otherwise=0
        ),
    )
    end: float | None = field(
        default=None,
        metadata=declare(
            Seconds(LAST_SECOND),
            "Where the MP3 ends, exact to the sample",
            unit="seconds",
            otherwise="the end of the audio",
        ),
    )
    track: int | str | None = field(
        default=None,
        metadata=declare(
            TrackChoice(LAST_TRACK),
            "Audio track, by number or by language (ISO 639 or BCP 47)",
            otherwise="the one that players play",
            changes_sound=False,
        ),
    )
    keep_delay: bool = field(
        default=False,
        metadata=declare(
            Flag(),
            "Begin with silence if the video's sound begins later than its pictures; "
            "else the MP3 begins with the sound",
        ),
    )
    normalize: bool = field(
        default=False,
        metadata=declare(Flag(), "Bring the loudness to −16 LUFS, with peaks below −1 dBTP (EBU R 128)"),
    )
    title: str | None = field(
        default=None,
        metadata=declare(
            TextLine(LONGEST_TAG), "Title in the MP3's tags", otherwise="the video's", changes_sound=False
        ),
    )
    artist: str | None = field(
        default=None,
        metadata=declare(
            TextLine(LONGEST_TAG), "Artist in the MP3's tags", otherwise="the video's", changes_sound=False
        ),
    )
    album: str | None = field(
        default=None,
        metadata=declare(
            TextLine(LONGEST_TAG), "Album in the MP3's tags", otherwise="the video's", changes_sound=False
        ),
    )

    def __post_init__(self) -> None:
        for option in OPTIONS:
            option.check(getattr(self, option.name))
        if self.quality is not None and self.bitrate is not None:
            raise InvalidOptionError("quality", "can't be given together with bitrate: choose one.")
        if self.end is not None and self.end < self.start + SHORTEST_PART:
            raise InvalidOptionError("end", f"is at least {SHORTEST_PART:g} seconds after start.")
        if self.sample_rate and self.bitrate and self.bitrate > highest_bitrate(self.sample_rate):
            limit = highest_bitrate(self.sample_rate)
            raise InvalidOptionError("bitrate", f"is at most {limit} kbit/s at {self.sample_rate} Hz.")

    @property
    def leave_sound_as_it_is(self) -> bool:
        """Whether no given option changes the sound itself or its encoding."""
        return all(getattr(self, each.name) == each.default for each in OPTIONS if each.changes_sound)


OPTIONS = tuple(
    Option(name=each.name, default=cast("OptionValue", each.default), **each.metadata)
    for each in fields(AudioOptions)
)
"""All options, in the order in which they are shown."""
