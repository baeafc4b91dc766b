"""Options of a conversion as text fields of a form or a query."""

from collections.abc import Iterable
from typing import Any, assert_never

from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.option import Option
from tracklift_domain.extraction.option_kinds import (
    Choice,
    Flag,
    Seconds,
    TextLine,
    TrackChoice,
    WholeNumber,
    read_track,
)
from tracklift_domain.extraction.options import OPTIONS, AudioOptions

_LONGEST_SHOWN = 40
_KNOWN = {option.name: option for option in OPTIONS}


def read_options(fields: Iterable[tuple[str, str]]) -> AudioOptions:
    """Make options from text fields. An empty field counts as missing, since forms send empty fields too.

    Raises:
        InvalidOptionError: names a field that is not an option, is repeated, can't be read or is out of range.
    """
    options: dict[str, Any] = {}
    for name, text in fields:
        option = _KNOWN.get(name)
        if option is None:
            raise InvalidOptionError(
                name[:_LONGEST_SHOWN], f"is not an option; the options are {', '.join(_KNOWN)}."
            )
        if not text.strip():
            continue
        if name in options:
            raise InvalidOptionError(name, "is given more than once.")
        options[name] = _read(option, text.strip())
    return AudioOptions(**options)


def _read(option: Option, text: str) -> bool | float | int | str:
    match option.kind:
        case Choice() | WholeNumber():
            return _integer(option.name, text)
        case Seconds():
            return _seconds(option.name, text)
        case Flag():
            return _truth(option.name, text)
        case TrackChoice():
            return read_track(text)
        case TextLine():
            return text
        case unknown:
            assert_never(unknown)


def _integer(name: str, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise InvalidOptionError(name, "is a whole number.")
    return int(text)


def _seconds(name: str, text: str) -> float:
    try:
        return float(text)  # NaN and infinity are outside every range.
    except ValueError as error:
        raise InvalidOptionError(name, "is a number of seconds, such as 12.5.") from error


def _truth(name: str, text: str) -> bool:
    # HTML forms send "on" for a ticked checkbox.
    match text.lower():
        case "true" | "1" | "on" | "yes":
            return True
        case "false" | "0" | "off" | "no":
            return False
    raise InvalidOptionError(name, "is true or false.")
