"""The entry point of the command `tracklift`; modules that are slow to import are imported inside `main`."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

_INTERRUPTED = 130
"""`ExitCode.INTERRUPTED`, whose module is not imported yet."""


def main() -> None:
    """Run the command line of this process, with the installed plug-ins."""
    with _interrupts_ending_the_process():
        from tracklift_terminal.commands import call, make_whole_cli  # noqa: PLC0415

        cli = make_whole_cli()
    try:
        call(cli)
    except KeyboardInterrupt:
        # It was raised before or after the command ran.
        raise SystemExit(_INTERRUPTED) from None


@contextmanager
def _interrupts_ending_the_process() -> Iterator[None]:
    """Let SIGINT end the process silently, as long as nothing has started."""
    before = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler:
        yield  # It is ignored, as in a background process.
        return
    signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    # An exception could be raised in a callback of an import, which would print it and continue.
    os._exit(_INTERRUPTED)
