"""Reads an app's settings from environment variables."""

from collections.abc import Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import TypeVar

import msgspec

_Settings = TypeVar("_Settings")
_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_LARGEST_SECRET_FILE = 64 * 1024


class SettingsError(Exception):
    """A setting is missing or wrong. The message is one line that names the variable."""


def read_settings(
    settings_type: type[_Settings], environment: Mapping[str, str], *, prefix: str = "TRACKLIFT_"
) -> _Settings:
    """Fill a dataclass from variables named as its fields in capitals behind the prefix.

    Where `NAME_FILE` is given instead of `NAME`, the value is that file's content without a line end at its end,
    the way Docker and Kubernetes hand out secrets. Truth values are `true`/`false` or `1`/`0`, durations seconds or a
    number with ms, s, m, h or d. An empty variable counts as not given.

    Raises:
        SettingsError: a value is missing, has another form, or is refused by the dataclass with a `ValueError`.
    """
    given = {}
    for field in fields(settings_type):  # type: ignore[arg-type]  # a dataclass, as the docstring says
        text = _read(environment, prefix + field.name.upper())
        if text is not None:
            given[field.name] = text
    try:
        return msgspec.convert(given, settings_type, strict=False, dec_hook=_decode)
    except msgspec.ValidationError as error:
        raise SettingsError(_name_the_variable(str(error), prefix)) from error


def _read(environment: Mapping[str, str], name: str) -> str | None:
    text = environment.get(name) or None
    file_name = environment.get(f"{name}_FILE") or None
    if file_name is None:
        return text
    if text is not None:
        raise SettingsError(f"{name} and {name}_FILE are both set: choose one.")
    try:
        with Path(file_name).open(encoding="utf-8") as file:
            content = file.read(_LARGEST_SECRET_FILE + 1)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{name}_FILE: {file_name} can't be read: {error}") from error
    if len(content) > _LARGEST_SECRET_FILE:
        raise SettingsError(f"{name}_FILE: {file_name} is larger than {_LARGEST_SECRET_FILE} characters.")
    return content.rstrip("\r\n")


def _decode(wanted: type, text: object) -> object:
    if wanted is Path:
        return Path(str(text)).expanduser()
    if wanted is timedelta:
        return _duration(str(text))
    raise ValueError(f"settings of type {wanted.__name__} are not read from the environment")


def _duration(text: str) -> timedelta:
    number = text.strip().rstrip("mshd")
    unit = text.strip()[len(number) :] or "s"
    if unit not in _UNITS:
        raise ValueError("a duration is a number with ms, s, m, h or d")
    try:
        return timedelta(seconds=float(number) * _UNITS[unit])
    except (ValueError, OverflowError) as error:
        raise ValueError("a duration is a number with ms, s, m, h or d") from error


def _name_the_variable(message: str, prefix: str) -> str:
    # msgspec says "… - at `$.field`", or "Object missing required field `field`".
    reason, at, place = message.partition(" - at `$.")
    if at:
        return f"{prefix}{place.rstrip('`').upper()}: {reason}."
    missing = "Object missing required field `"
    if reason.startswith(missing):
        return f"{prefix}{reason.removeprefix(missing).rstrip('`').upper()} is not set."
    return f"{reason}."
