"""Converts the text of a variable to the type of its field."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin

_DURATION = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)\s*(ms|s|m|h|d)?", re.ASCII)
_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


class UnreadableValueError(ValueError):
    """The text is not a value of the type. The message says what is expected, and never what was given."""


def read_value(text: str, wanted: object) -> object:
    """Convert a text to `str`, `int`, `float`, `bool`, `Path` or `timedelta`, or an optional one of these.

    Raises:
        UnreadableValueError: the text has another form.
        TypeError: the type is none of these.
    """
    read = _READERS.get(_without_none(wanted))
    if read is None:
        raise TypeError(f"settings of type {wanted} are not read from text")
    return read(text)


def _without_none(wanted: object) -> Any:  # noqa: ANN401  # a type as annotations hold them
    if get_origin(wanted) in {Union, UnionType}:
        kinds = [kind for kind in get_args(wanted) if kind is not type(None)]
        return kinds[0] if len(kinds) == 1 else wanted
    return wanted


def _integer(text: str) -> int:
    if not _WHOLE_NUMBER.fullmatch(text.strip()):
        raise UnreadableValueError("a whole number")
    return int(text)


def _number(text: str) -> float:
    try:
        number = float(text)
    except ValueError as error:
        raise UnreadableValueError("a number") from error
    if not math.isfinite(number):
        raise UnreadableValueError("a finite number")
    return number


def _truth(text: str) -> bool:
    match text.strip().lower():
        case "true" | "1" | "yes" | "on":
            return True
        case "false" | "0" | "no" | "off":
            return False
    raise UnreadableValueError("true or false")


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise UnreadableValueError("a path: the home folder that '~' stands for is not known") from error


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise UnreadableValueError("a duration: a number of seconds, or one with ms, s, m, h or d")
    number, unit = match.groups()
    try:
        return timedelta(seconds=float(number) * _SECONDS[unit or "s"])
    except OverflowError as error:
        raise UnreadableValueError("a duration of less than 1000000000 days") from error


_READERS: Mapping[object, Callable[[str], object]] = {
    str: str,
    int: _integer,
    float: _number,
    bool: _truth,
    Path: _path,
    timedelta: _duration,
}
