"""Runs the work of a command, and turns its result into an exit code."""

import asyncio
import signal
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import NoReturn

import typer

from tracklift_client.errors import (
    ConnectionLostError,
    NotLoggedInError,
    ProblemError,
    ServerAddressError,
    TrackliftError,
)
from tracklift_terminal.credential_file import CredentialsError
from tracklift_terminal.exit_codes import ExitCode
from tracklift_terminal.shown import say


def run(work: Coroutine[None, None, ExitCode]) -> NoReturn:
    """Run a command's work until it ends, or until SIGINT or SIGTERM, and exit."""
    try:
        code = asyncio.run(until_terminated(work))
    except KeyboardInterrupt:
        code = ExitCode.INTERRUPTED
    except asyncio.CancelledError:
        code = ExitCode.TERMINATED
    except (TrackliftError, CredentialsError, OSError, UnicodeEncodeError) as error:
        code = tell(error)
    raise typer.Exit(code)


async def until_terminated(work: Coroutine[None, None, ExitCode]) -> ExitCode:
    """Run work, and cancel it at SIGTERM. At SIGINT, `asyncio.run` cancels it."""
    working = asyncio.ensure_future(work)
    with suppress(NotImplementedError):  # Windows has no such handlers.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    return await working


def fail(message: str, code: ExitCode = ExitCode.FAILED) -> NoReturn:
    """Say what is wrong, and exit."""
    say(f"tracklift: {message}")
    raise typer.Exit(code)


@contextmanager
def told() -> Iterator[None]:
    """Show what is wrong instead of a traceback, and exit."""
    try:
        yield
    except (TrackliftError, CredentialsError, OSError, UnicodeEncodeError) as error:
        raise typer.Exit(tell(error)) from error


def tell(error: Exception, about: str = "tracklift") -> ExitCode:
    """Report an error in one line, and give its exit code."""
    say(f"{about}: {sentence(error)}")
    return code_of(error)


def sentence(error: Exception) -> str:
    """Describe an error to the user."""
    if isinstance(error, NotLoggedInError):
        text = str(error).removesuffix(".").removesuffix(": log in again")
        return f"{text}: run 'tracklift login', or set TRACKLIFT_SERVER and TRACKLIFT_API_KEY."
    if isinstance(error, UnicodeEncodeError):
        return "What was typed or read has bytes that are not text: write it in UTF-8."
    if isinstance(error, OSError) and error.strerror:
        return f"{error.strerror}: {error.filename}" if error.filename else error.strerror
    return str(error)


def code_of(error: Exception) -> ExitCode:
    """Give the exit code of an error."""
    if isinstance(error, NotLoggedInError) or (isinstance(error, ProblemError) and error.status == 401):
        return ExitCode.NOT_LOGGED_IN
    if isinstance(error, ServerAddressError):
        return ExitCode.USAGE
    return ExitCode.UNREACHABLE if isinstance(error, ConnectionLostError) else ExitCode.FAILED
