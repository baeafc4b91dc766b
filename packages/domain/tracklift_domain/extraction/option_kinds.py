"""The kinds of values that a conversion's options take, each with its bounds.

A kind does not depend on forms, documents or the command line. Code that reads or shows options has one branch for each
kind, so a new option of an existing kind needs no change there.
"""

import re
from dataclasses import dataclass

LANGUAGE_PATTERN = "^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}$"
"""The common tags of BCP 47: a language, optionally with script, region or variant."""
_LANGUAGE = re.compile(LANGUAGE_PATTERN, re.ASCII)
_NUMBER = re.compile(r"-?[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of several whole numbers."""

    values: tuple[int, ...]
    """At least two."""

    @property
    def bounds(self) -> str:
        *others, last = map(str, self.values)
        return f"{', '.join(others)} or {last}"

    def objection(self, value: int) -> str | None:
        """Say what is wrong with a value; `None`: nothing."""
        return None if value in self.values else f"is one of {', '.join(map(str, self.values))}."


@dataclass(frozen=True, slots=True)
class WholeNumber:
    """A whole number from `least` to `most`."""

    least: int
    most: int

    @property
    def bounds(self) -> str:
        return f"{self.least} to {self.most}"

    def objection(self, value: int) -> str | None:
        """Say what is wrong with a value; `None`: nothing."""
        return None if self.least <= value <= self.most else f"is from {self.bounds}."


@dataclass(frozen=True, slots=True)
class Seconds:
    """A time from 0 to `most` seconds, with fractions."""

    most: float

    @property
    def bounds(self) -> str:
        return f"0 to {self.most:.0f}"

    def objection(self, value: float) -> str | None:
        """Say what is wrong with a value; `None`: nothing. A NaN fails the comparison."""
        return None if 0 <= value <= self.most else f"is from {self.bounds} seconds."


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    @property
    def bounds(self) -> str:
        return ""

    def objection(self, value: bool) -> str | None:  # noqa: ARG002, FBT001  # there is no third value
        """Say what is wrong with a value: nothing."""
        return None


@dataclass(frozen=True, slots=True)
class TextLine:
    """A line of text that is not blank, of at most `longest` characters."""

    longest: int

    @property
    def bounds(self) -> str:
        return f"at most {self.longest} characters"

    def objection(self, value: str) -> str | None:
        """Say what is wrong with a value; `None`: nothing."""
        if len(value) > self.longest:
            return f"has {self.bounds}."
        if not value.isprintable() or not value.strip():
            return "is a line of printable characters."
        return None


@dataclass(frozen=True, slots=True)
class TrackChoice:
    """An audio track: its number from 1 to `last`, or its language as a code of ISO 639 or a tag of BCP 47."""

    last: int

    @property
    def bounds(self) -> str:
        return f"1 to {self.last}, or a language such as `eng` or `pt-BR`"

    def objection(self, value: int | str) -> str | None:
        """Say what is wrong with a value; `None`: nothing."""
        fits = _LANGUAGE.fullmatch(value) if isinstance(value, str) else 1 <= value <= self.last
        return None if fits else f"is from 1 to {self.last}, or a language such as 'eng'."


OptionKind = Choice | WholeNumber | Seconds | Flag | TextLine | TrackChoice


def read_track(text: str) -> int | str:
    """Parse a track. Text that is not a whole number is returned as it is; `TrackChoice` checks it as a language."""
    return int(text) if _NUMBER.fullmatch(text) else text
