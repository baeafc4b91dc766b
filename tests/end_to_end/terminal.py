"""A terminal in which a command runs, and what it shows there."""

import fcntl
import os
import pty
import struct
import termios
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.end_to_end.standalone_process import PACKAGE, environment
from tests.end_to_end.waiting import PATIENCE
from tests.preloaded.start import start_app


def run_in_terminal(
    arguments: Sequence[str], folder: Path, settings: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Run `tracklift` in a folder; give its exit code and all that it wrote to its terminal of 100 columns."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 100, 0, 0))
    written: list[bytes] = []
    reader = threading.Thread(target=_read_to_the_end, args=[ours, written])
    reader.start()
    try:
        process = start_app(
            PACKAGE,
            arguments,
            environment({"TERM": "xterm-256color", **(settings or {})}),
            given=theirs,
            output=theirs,
            errors=theirs,
            folder=folder,
        )
        try:
            code = process.wait(PATIENCE)
        finally:
            process.send_signal(9)
    finally:
        # Then nobody has their end any more, and reading ours ends.
        os.close(theirs)
        reader.join()
        os.close(ours)
    return code, b"".join(written).decode()


def _read_to_the_end(descriptor: int, written: list[bytes]) -> None:
    while True:
        try:
            chunk = os.read(descriptor, 65536)
        except OSError:
            return  # On Linux the end of a terminal is an error (EIO).
        if not chunk:
            return
        written.append(chunk)
