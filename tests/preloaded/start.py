"""Starting the apps as processes: each anew, or forked from a process that has imported all apps already.

To import an app takes a second or two of computing time, and tests start hundreds. So a run of tests has them forked;
thorough runs, and programs that are no test, start them as users do. One process has imported all apps, as most of
what they import is the same.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Protocol

from tests.preloaded.preloaded_apps import PreloadedApps, fits

_APPS = (
    "tracklift_auth",
    "tracklift_converter",
    "tracklift_gateway",
    "tracklift_notification",
    "tracklift_standalone",
)
_are_forked = False
"""Otherwise each process is started anew."""


class AppProcess(Protocol):
    """What tests need of `subprocess.Popen`."""

    @property
    def pid(self) -> int:
        """The id of the process."""

    def poll(self) -> int | None:
        """Give its exit code, the negative number of the signal that killed it, or `None` while it runs."""

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it has ended and give its exit code, as `poll` does.

        Raises:
            subprocess.TimeoutExpired: it has not ended after so many seconds.
        """

    def send_signal(self, sig: int) -> None:
        """Send it a signal, unless it is known to have ended."""


def preload_apps() -> None:
    """Have apps forked from now on, until this process ends."""
    global _are_forked  # noqa: PLW0603 - the callers that start apps share nothing else
    _are_forked = True


@cache
def _preloaded() -> PreloadedApps:
    return PreloadedApps(*_APPS)


def start_app(
    package: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    output: int,
    errors: int,
    given: int | None = None,
    folder: Path | None = None,
) -> AppProcess:
    """Run `python -m PACKAGE ARGUMENTS` in a folder, with descriptors for what it writes and, if any, for its input."""
    with Path(os.devnull).open("rb") as nothing:
        source = nothing.fileno() if given is None else given
        if not _are_forked or not fits(environment):
            return subprocess.Popen(
                [sys.executable, "-m", package, *arguments],
                env=environment,
                cwd=folder,
                stdin=source,
                stdout=output,
                stderr=errors,
            )
        streams = (source, output, errors)
        return _preloaded().fork(package, arguments, environment, folder or Path.cwd(), streams)


def run_app(
    package: str,
    arguments: Sequence[str],
    environment: Mapping[str, str],
    *,
    timeout: float,
    text: str = "",
    folder: Path | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run it to its end with a text as its input, and give what it wrote.

    Raises:
        subprocess.TimeoutExpired: it was killed after so many seconds.
    """
    with (
        tempfile.TemporaryFile() as given,
        tempfile.TemporaryFile() as output,
        tempfile.TemporaryFile() as errors,
    ):
        given.write(text.encode())
        given.seek(0)
        process = start_app(
            package,
            arguments,
            environment,
            given=given.fileno(),
            output=output.fileno(),
            errors=errors.fileno(),
            folder=folder,
        )
        try:
            code = process.wait(timeout)
        finally:
            process.send_signal(9)
            process.wait()
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(
            [package, *arguments], code, output.read().decode(), errors.read().decode()
        )
