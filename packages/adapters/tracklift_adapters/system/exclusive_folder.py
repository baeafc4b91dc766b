"""A folder that one process has for itself."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracklift_domain.errors import ServiceUnavailableError

_LOCK = ".lock"


class FolderHeldError(Exception):
    """Another process has the folder. `holder` is its process id, where it has said so by now."""

    def __init__(self, folder: Path, holder: int | None) -> None:
        who = "another process" if holder is None else f"process {holder}"
        super().__init__(f"The folder {folder} is in use by {who}.")
        self.folder = folder
        self.holder = holder


@contextmanager
def exclusive_folder(folder: Path) -> Iterator[None]:
    """Have a folder, which is made with mode 0700 if need be, for this process until the context is left.

    The lock lies on a file in the folder. The kernel takes it off when the process ends, however it ends; what the
    file says about a process then means nothing. Programs that this process starts don't inherit the lock.

    Raises:
        FolderHeldError: another process, or another part of this one, has it.
        ServiceUnavailableError: the folder can't be made or written.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise _unusable(folder, error) from error
    try:
        _take(folder, descriptor)
        yield
    finally:
        # The file stays: were it deleted, a process could hold a lock on one that no other sees.
        os.close(descriptor)


def _take(folder: Path, descriptor: int) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    except BlockingIOError as error:
        digits = os.pread(descriptor, 20, 0).strip()
        raise FolderHeldError(folder, int(digits) if digits.isdigit() else None) from error
    except OSError as error:
        raise _unusable(folder, error) from error


def _unusable(folder: Path, error: OSError) -> ServiceUnavailableError:
    return ServiceUnavailableError(f"The folder {folder}", error.strerror or str(error))
