"""Reads an app's settings from environment variables."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, fields
from pathlib import Path
from typing import TypeVar, get_type_hints

from tracklift_adapters.environment.values import UnreadableValueError, read_value

_Settings = TypeVar("_Settings")
_LARGEST_SECRET_FILE = 64 * 1024
_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
EACH = "each"
"""Metadata of a field: the class of settings of each name in its variable, and the prefix of the name."""


class SettingsError(Exception):
    """A setting is missing or wrong. The message is one line that names the variable and never contains its value."""


def read_settings(
    settings_type: type[_Settings], environment: Mapping[str, str], *, prefix: str = "TRACKLIFT_"
) -> _Settings:
    """Fill a dataclass from variables named by the prefix plus its fields' names in capitals.

    If `NAME_FILE` is given instead of `NAME`, the value is that file's content without trailing line breaks, as
    Docker and Kubernetes provide secrets. Booleans are `true`/`false`, `yes`/`no`, `on`/`off` or `1`/`0`,
    durations seconds or a number with ms, s, m, h or d. An empty variable counts as missing.

    A field with `EACH` in its metadata is a comma-separated list of names. It becomes a mapping from each name to
    settings that are read in the same way, from variables with the name after the prefix.

    A `ValueError` of the dataclass itself becomes a `SettingsError` too. In its message, the name of a field at the
    beginning, or anywhere if it has an underscore, is replaced by that of the variable.

    Raises:
        SettingsError: a value is missing, has another form, or is refused by the dataclass.
        TypeError: the dataclass has a field of a type that is not read from text.
    """
    kinds = get_type_hints(settings_type)
    given: dict[str, object] = {}
    variables: dict[str, str] = {}
    for field in fields(settings_type):  # type: ignore[arg-type]  # a dataclass, as the docstring says
        variable = variables[field.name] = prefix + field.name.upper()
        text = _read(environment, variable)
        if text is not None and EACH in field.metadata:
            kind, infix = field.metadata[EACH]
            given[field.name] = {
                name: read_settings(kind, environment, prefix=f"{prefix}{infix}{name}_".upper())
                for name in _checked_names(variable, text)
            }
        elif text is not None:
            given[field.name] = _parse(variable, text, kinds[field.name])
        elif field.default is MISSING and field.default_factory is MISSING:
            raise SettingsError(f"{variable} is not set.")
    try:
        return settings_type(**given)
    except ValueError as error:
        raise SettingsError(_name_the_variables(str(error), variables)) from error


def names_in(text: str) -> list[str]:
    """Split a comma-separated list of names."""
    return [name for part in text.split(",") if (name := part.strip())]


def _checked_names(variable: str, text: str) -> list[str]:
    names = names_in(text)
    if not all(_NAME.fullmatch(name) for name in names):
        raise SettingsError(f"{variable} has names of small letters, digits and _, with commas between them.")
    return names


def _read(environment: Mapping[str, str], variable: str) -> str | None:
    text = environment.get(variable) or None
    file_name = environment.get(f"{variable}_FILE") or None
    if file_name is None:
        return text
    if text is not None:
        raise SettingsError(f"{variable} and {variable}_FILE are both set: choose one.")
    return _read_file(f"{variable}_FILE", file_name)


def _read_file(variable: str, file_name: str) -> str:
    try:
        with Path(file_name).open(encoding="utf-8") as file:
            content = file.read(_LARGEST_SECRET_FILE + 1)
    except OSError as error:
        raise SettingsError(_one_line(f"{variable}: {file_name} can't be read: {error.strerror}.")) from error
    except ValueError:
        # Without the cause, which would contain a part of the secret.
        raise SettingsError(_one_line(f"{variable}: {file_name} is not UTF-8 text.")) from None
    if len(content) > _LARGEST_SECRET_FILE:
        raise SettingsError(
            _one_line(f"{variable}: {file_name} has more than {_LARGEST_SECRET_FILE} characters.")
        )
    content = content.rstrip("\r\n")
    if not content:
        raise SettingsError(_one_line(f"{variable}: {file_name} is empty."))
    return content


def _parse(variable: str, text: str, wanted: object) -> object:
    try:
        return read_value(text, wanted)
    except UnreadableValueError as error:
        reason = f"{variable} is not {error}."
    # Raised outside, since a cause that contains the text would be printed with a traceback.
    raise SettingsError(reason)


def _name_the_variables(message: str, variables: Mapping[str, str]) -> str:
    """Replace names of fields in a message by variables. A single word inside a sentence may be an ordinary word."""
    named = [
        variables[bare] + word[len(bare) :]
        if (bare := word.rstrip(",.;:")) in variables and (position == 0 or "_" in bare)
        else word
        for position, word in enumerate(message.split())
    ]
    return " ".join(named).rstrip(".") + "."


def _one_line(message: str) -> str:
    return " ".join(message.split())
