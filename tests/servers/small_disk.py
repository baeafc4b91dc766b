"""A disk so small that a test can fill it."""

import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from tests.servers.errors import ServersUnavailableError

MEGABYTE = 2**20
_MOUNT = 'mount -t tmpfs -o "size=$1" small-disk "$2" && echo mounted && exec cat'


@dataclass(frozen=True)
class SmallDisk:
    """A file system of its own at a folder, for those processes alone that are started through it."""

    seen_from_outside: Path
    """Where everybody else finds what is on it."""
    launcher: Sequence[str]
    """A command that turns into the command that is written behind it, for which the disk is at the folder."""

    def fill(self, *, leave: int) -> None:
        """Take all room but so many bytes."""
        room = os.statvfs(self.seen_from_outside)
        with self._filler.open("xb") as file:
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - leave)

    def empty(self) -> None:
        """Give back the room that `fill` took, if it did."""
        self._filler.unlink(missing_ok=True)

    @property
    def _filler(self) -> Path:
        return self.seen_from_outside / "filler"


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[SmallDisk]:
    """Lay a disk of so many bytes over an empty folder; it goes with the context, however this process ends.

    Raises:
        ServersUnavailableError: this machine lets nobody mount anything, not even in a namespace of the user's own.
    """
    namespaces = ["--mount"] if os.geteuid() == 0 else ["--mount", "--user"]
    mapped = [] if os.geteuid() == 0 else ["--map-root-user"]
    keeper = subprocess.Popen(
        ["unshare", *namespaces, *mapped, "sh", "-c", _MOUNT, "sh", str(size), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert keeper.stdout is not None
    try:
        if keeper.stdout.readline() != b"mounted\n":
            _, complaint = keeper.communicate()
            raise ServersUnavailableError(
                "The tests of a full disk mount a small one, as root or in a namespace of the user's own, and this "
                f"machine allows neither: {complaint.decode(errors='replace').strip()}"
            )
        as_they_are = [] if os.geteuid() == 0 else ["--preserve-credentials"]
        yield SmallDisk(
            seen_from_outside=Path(f"/proc/{keeper.pid}/root{folder.absolute()}"),
            launcher=["nsenter", "--target", str(keeper.pid), *namespaces, *as_they_are, "--"],
        )
    finally:
        with suppress(ValueError):
            keeper.communicate()
