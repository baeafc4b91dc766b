"""Options of a conversion on the command line."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Annotated, Any, assert_never

import typer

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
from tracklift_terminal.time_text import read_time

GivenOptions = Mapping[str, OptionValue]
"""What was given on the command line, by the name of the option."""
_PARAMETER = "given"
_METAVARS: dict[type, str] = {TrackChoice: "TRACK", Seconds: "TIME"}


def with_option_parameters(command: Callable[..., None]) -> Callable[..., None]:
    """Let a command's parameter `given` be an option on the command line for each option of a conversion."""

    @wraps(command)
    def run(**arguments: Any) -> None:  # noqa: ANN401  # those of any command
        given = {option.name: arguments.pop(option.name) for option in OPTIONS}
        command(**arguments, **{_PARAMETER: given})

    own = inspect.signature(command).parameters.values()
    parameters = [*(each for each in own if each.name != _PARAMETER), *map(_parameter, OPTIONS)]
    # Typer reads both.
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    run.__annotations__ = {each.name: each.annotation for each in parameters}
    return run


def read_options(given: GivenOptions) -> AudioOptions:
    """Make options of what was given.

    Raises:
        InvalidOptionError: an option is out of bounds or contradicts another.
    """
    options: dict[str, Any] = {option.name: _read(option.kind, given[option.name]) for option in OPTIONS}
    return AudioOptions(**options)


def flag(name: str) -> str:
    """Say how an option is called on the command line."""
    return f"--{name.replace('_', '-')}"


def _read(kind: OptionKind, value: OptionValue) -> OptionValue:
    if isinstance(kind, TrackChoice) and isinstance(value, str):
        return read_track(value.strip())
    return value


def _parameter(option: Option) -> inspect.Parameter:
    default = f" [default: {option.default_text}]" if option.default_text and option.default is None else ""
    shown = typer.Option(
        flag(option.name),
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
