"""Options of a conversion on the command line."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import wraps
from typing import Annotated, Any, assert_never

import typer

from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.option import Option, OptionValue
from tracklift_domain.extraction.option_kinds import (
    Choice,
    Flag,
    OptionKind,
    Seconds,
    TextLine,
    TrackChoice,
    WholeNumber,
    read_track,
)
from tracklift_domain.extraction.options import OPTIONS, AudioOptions
from tracklift_terminal.defaults import defaults_file
from tracklift_terminal.time_text import read_time

_PARAMETER = "given"
_CONTEXT = "_context"
_METAVARS: dict[type, str] = {TrackChoice: "TRACK", Seconds: "TIME"}


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenOptions:
    """The values that were given for the options of a conversion, by name."""

    values: Mapping[str, OptionValue]
    from_file: frozenset[str]
    """The names of those that come from the user's own defaults."""


def with_option_parameters(command: Callable[..., None]) -> Callable[..., None]:
    """Replace a command's parameter `given` by a command-line option for each option of a conversion."""

    @wraps(command)
    def run(**arguments: Any) -> None:  # noqa: ANN401  # those of any command
        context = arguments.pop(_CONTEXT)
        given = GivenOptions(
            values={option.name: arguments.pop(option.name) for option in OPTIONS},
            from_file=frozenset(each.name for each in OPTIONS if _is_from_file(context, each.name)),
        )
        command(**arguments, **{_PARAMETER: given})

    own = inspect.signature(command).parameters.values()
    context = inspect.Parameter(_CONTEXT, inspect.Parameter.KEYWORD_ONLY, annotation=typer.Context)
    parameters = [*(each for each in own if each.name != _PARAMETER), *map(_parameter, OPTIONS), context]
    # Typer reads both.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def read_options(given: GivenOptions) -> AudioOptions:
    """Make options from the given values. The command line wins over contradicting defaults in the user's file.

    Raises:
        InvalidOptionError: an option is out of bounds or contradicts another.
        ValueError: the same for the defaults in the file, which the message names.
    """
    named = [option for option in OPTIONS if option.name not in given.from_file]
    options = AudioOptions(**_read_all(named, given))
    try:
        defaults = _read_all((option for option in OPTIONS if option.name in given.from_file), given)
        AudioOptions(**defaults)
    except InvalidOptionError as error:
        raise ValueError(f"{defaults_file()}: {error.field} {error.reason}") from error
    for name, value in defaults.items():
        with suppress(InvalidOptionError):
            options = replace(options, **{name: value})
    return options


def flag(name: str) -> str:
    """Give the name of an option on the command line."""
    return f"--{name.replace('_', '-')}"


def _is_from_file(context: typer.Context, name: str) -> bool:
    source = context.get_parameter_source(name)
    return source is not None and source.name == "DEFAULT_MAP"


def _read_all(options: Iterable[Option], given: GivenOptions) -> dict[str, Any]:
    return {option.name: _read(option.kind, given.values[option.name]) for option in options}


def _read(kind: OptionKind, value: OptionValue) -> OptionValue:
    if isinstance(kind, TrackChoice) and isinstance(value, str):
        return read_track(value.strip())
    return value


def _parameter(option: Option) -> inspect.Parameter:
    default = f" [default: {option.default_text}]" if option.default_text and option.default is None else ""
    # It turns off a flag that is set in the user's file.
    opposite = f"/--no-{flag(option.name).removeprefix('--')}" if isinstance(option.kind, Flag) else ""
    shown = typer.Option(
        flag(option.name) + opposite,
        help=f"{option.description}.{default}",
        metavar=_METAVARS.get(type(option.kind)),
        parser=read_time if isinstance(option.kind, Seconds) else None,
        show_default=not isinstance(option.kind, Flag),
    )
    return inspect.Parameter(
        option.name,
        inspect.Parameter.KEYWORD_ONLY,
        default=option.default,
        annotation=Annotated[_type(option.kind), shown],
    )


def _type(kind: OptionKind) -> object:
    match kind:
        case Choice() | WholeNumber():
            return int | None
        case Seconds():
            return float | None
        case Flag():
            return bool
        case TextLine() | TrackChoice():
            return str | None
        case unknown:
            assert_never(unknown)
