"""A folder that one process has for itself."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracklift_domain.errors import ServiceUnavailableError

_LOCK_FILE = "lock"


class FolderHeldError(Exception):
    """Another process has the folder."""

    def __init__(self, folder: Path, holder: str) -> None:
        super().__init__(
            f"The folder {folder} is in use by process {holder}: stop it, or choose another folder."
        )
        self.folder = folder
        self.holder = holder


@contextmanager
def exclusive_folder(folder: Path) -> Iterator[None]:
    """Make the folder if need be (mode 0700) and hold it until the context is left.

    The hold is a lock (flock(2)) on a file in the folder that names the holder's process id. The kernel ends it
    with the process, however that dies, so no stale lock ever has to be removed.

    Raises:
        FolderHeldError: another process holds it.
        ServiceUnavailableError: it can't be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK_FILE, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise ServiceUnavailableError(f"the folder {folder}", error.strerror or str(error)) from error
    try:
        _lock(descriptor, folder)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, folder: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        holder = os.pread(descriptor, 20, 0).decode(errors="replace") or "unknown"
        raise FolderHeldError(folder, holder) from error
    except OSError as error:
        raise ServiceUnavailableError(f"the folder {folder}", error.strerror or str(error)) from error
