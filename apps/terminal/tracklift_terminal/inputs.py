"""The files that a command works on."""

import os
import re
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tracklift_terminal.shown import say

STANDARD = "-"
"""Standard input or output, as a name of a file."""
VIDEO_ENDINGS = frozenset({".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".qt"})
"""Extensions of the files that are searched for in folders; a file that is named directly may have any."""
_URL = re.compile(r"([a-z][a-z0-9+.-]+)://(.+)", re.IGNORECASE | re.DOTALL)
"""RFC 3986, section 3."""


class InputError(Exception):
    """An input is not a usable file; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Input:
    """A video to work on."""

    path: Path
    given: str
    """As it was named, or the path at which it was found in a named folder."""
    below: Path = Path()
    """The folder in which it was found, relative to the named one."""

    @property
    def is_standard(self) -> bool:
        """Whether it is standard input."""
        return self.given == STANDARD


def find_inputs(given: Sequence[str], *, recursive: bool) -> list[Input]:
    """Give the named files; with `recursive`, also the videos in named folders, sorted by name.

    Raises:
        ValueError: a name is empty.
    """
    if "" in given:
        # As a path, an empty name would be the current folder.
        raise ValueError("The name of a file is empty: name a file.")
    return [each for name in given for each in _found(name, recursive=recursive)]


def check_input(each: Input) -> None:
    """Refuse an input that is not a file. A missing file is only noticed when it is opened.

    Raises:
        InputError: it is a URL, a folder, a pipe or a device.
    """
    url = _URL.fullmatch(each.given)
    if url is not None and not each.path.exists():
        scheme, rest = url.groups()
        if scheme.lower() == "file":
            raise InputError(f"A path is needed, not a URL: leave out {scheme}://.")
        raise InputError(f"Only files can be converted: download {scheme}://{rest} first.")
    if each.path.is_dir():
        raise InputError("Is a directory: give --recursive for the videos in it.")
    if each.path.exists() and not (each.is_standard or each.path.is_file()):
        # Opening a pipe would wait for its writer, in a thread that no signal ends.
        raise InputError("Only files can be converted: give - and this as standard input ('< FILE').")


def _found(name: str, *, recursive: bool) -> Iterator[Input]:
    path = Path(name)
    if not (recursive and path.is_dir()):
        yield Input(path, name)
        return
    for folder, folders, files in os.walk(path):
        folders[:] = sorted(each for each in folders if not each.startswith("."))
        for file in sorted(files):
            found = Path(folder, file)
            if found.suffix.lower() in VIDEO_ENDINGS and not file.startswith("."):
                yield Input(found, str(found), Path(folder).relative_to(path))


def file_of_standard_input(scratch: Path) -> Path:
    """Give a file with the content of standard input: itself if it is a file, else a copy, with a notice.

    Raises:
        OSError: the copy can't be written.
    """
    descriptor = sys.stdin.fileno()
    itself = Path(f"/proc/self/fd/{descriptor}")
    status = os.fstat(descriptor)
    if stat.S_ISREG(status.st_mode) and itself.exists():
        real = itself.resolve()
        if real.exists() and real.samefile(itself):
            return real
    say("Standard input can't be sought in: it is copied into a temporary file first.")
    with tempfile.NamedTemporaryFile(dir=scratch, prefix="input-", suffix=".mp4", delete=False) as copy:
        shutil.copyfileobj(sys.stdin.buffer, copy, 1024 * 1024)
    return Path(copy.name)
