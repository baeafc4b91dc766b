"""Checks of a command line before anything is started."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.inputs import Input
from tracklift_terminal.option_parameters import flag
from tracklift_terminal.outputs import Output
from tracklift_terminal.running import fail


@contextmanager
def usage_told() -> Iterator[None]:
    """Show what is wrong with the command line, and exit."""
    try:
        yield
    except InvalidOptionError as error:
        fail(f"{flag(error.field)} {error.reason}", ExitCode.USAGE)
    except ValueError as error:
        fail(str(error), ExitCode.USAGE)


def check_standard_streams(inputs: Sequence[Input], outputs: Sequence[Output], *, as_json: bool) -> None:
    """Check that each standard stream has only one use.

    Raises:
        ValueError: standard input is named twice, standard output would receive several MP3s, or JSON besides
        an MP3, or an MP3 would go to a terminal.
    """
    if sum(each.is_standard for each in inputs) > 1:
        raise ValueError("Standard input can be named once only.")
    if not any(each.is_standard for each in outputs):
        return
    if len(inputs) > 1:
        raise ValueError("Only one MP3 can go to standard output: name a folder with -o.")
    if as_json:
        raise ValueError("--json writes to standard output too: name a file with -o.")
    if sys.stdout.isatty():
        raise ValueError(
            "An MP3 makes no sense in a terminal: name a file with -o, or redirect standard output."
        )
