"""The user's own defaults for the command's options, in a file."""

import tomllib
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from tracklift_terminal.folders import config_folder


class DefaultsError(Exception):
    """The file is not valid."""


def defaults_file() -> Path:
    """Give the file's path."""
    return config_folder() / "config.toml"


def read_defaults(command: TyperGroup) -> dict[str, dict[str, Any]]:
    """Read the defaults for each subcommand, in typer's form; without a file, there are none.

    The file has a table for each subcommand, with its options by their long names:

        [convert]
        bitrate = 128
        output = "~/Music/"

    Raises:
        DefaultsError: it is not TOML, or names a command or an option that does not exist.
    """
    try:
        text = defaults_file().read_text(encoding="utf-8")
        given = tomllib.loads(text)
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DefaultsError(str(error)) from error
    return {name: _read_table(command, name, table) for name, table in given.items()}


def _read_table(command: TyperGroup, name: str, table: object) -> dict[str, Any]:
    known = command.commands
    if name not in known:
        raise DefaultsError(f"There is no command {name!r}; the commands are {', '.join(known)}.")
    if not isinstance(table, dict):
        raise DefaultsError(f"{name} is a table: write [{name}] on a line of its own.")
    options = {
        flag.removeprefix("--"): parameter.name
        for parameter in known[name].params
        for flag in parameter.opts
        if flag.startswith("--")
    }
    read = {}
    for option, value in table.items():
        parameter = options.get(option.replace("_", "-"))
        if parameter is None:
            raise DefaultsError(f"[{name}] has no option {option!r}; the options are {', '.join(options)}.")
        read[parameter] = _path(value)
    return read


def _path(value: Any) -> Any:  # noqa: ANN401  # whatever TOML has
    return str(Path(value).expanduser()) + _slash(value) if _at_home(value) else value


def _at_home(value: object) -> bool:
    return isinstance(value, str) and value.startswith("~/")


def _slash(value: str) -> str:
    return "/" if value.endswith("/") else ""
