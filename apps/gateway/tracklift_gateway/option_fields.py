"""Options of a conversion as text fields of a form or a query."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.options import AudioOptions, read_track

_LONGEST_SHOWN = 40


def read_options(fields: Iterable[tuple[str, str]]) -> AudioOptions:
    """Make options of text fields. An empty field counts as not given, as forms send them.

    Raises:
        InvalidOptionError: a field is no option, comes twice, can't be read, or is out of range; it names the field.
    """
    options: dict[str, Any] = {}
    for name, text in fields:
        read = _READERS.get(name)
        if read is None:
            raise InvalidOptionError(
                name[:_LONGEST_SHOWN], f"is no option; the options are {', '.join(_READERS)}."
            )
        if not text.strip():
            continue
        if name in options:
            raise InvalidOptionError(name, "is given more than once.")
        options[name] = read(name, text.strip())
    return AudioOptions(**options)


def _integer(name: str, text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 9):
        raise InvalidOptionError(name, "is a whole number.")
    return int(text)


def _seconds(name: str, text: str) -> float:
    try:
        return float(text)  # NaN and infinity lie outside of every range.
    except ValueError as error:
        raise InvalidOptionError(name, "is a number of seconds, such as 12.5.") from error


def _truth(name: str, text: str) -> bool:
    # HTML forms send "on" for a ticked box.
    match text.lower():
        case "true" | "1" | "on" | "yes":
            return True
        case "false" | "0" | "off" | "no":
            return False
    raise InvalidOptionError(name, "is true or false.")


def _track(_name: str, text: str) -> int | str:
    return read_track(text)


def _text(_name: str, text: str) -> str:
    return text


_READERS: Mapping[str, Callable[[str, str], object]] = {
    "bitrate": _integer,
    "quality": _integer,
    "channels": _integer,
    "sample_rate": _integer,
    "start": _seconds,
    "end": _seconds,
    "track": _track,
    "keep_delay": _truth,
    "normalize": _truth,
    "title": _text,
    "artist": _text,
    "album": _text,
}
