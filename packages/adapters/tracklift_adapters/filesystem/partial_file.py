"""A file that is being written."""

import fcntl
import hashlib
import os
from pathlib import Path

_FLUSHED_EVERY = 32 * 1024**2
"""Bytes: by so much at most the disk is behind, so that the end of a large file is not one long wait."""


class PartialFile:
    """A new file that grows at its end and knows its own size and SHA-256. Blocking; for one thread at a time.

    While it is open its writer holds a lock on it, which the kernel lets go of when the process dies. So a process that
    cleans up can tell a slow writer from a dead one.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._hash = hashlib.sha256()
        self._size = 0
        self._flushed = 0
        self._descriptor = _create_locked(path)

    @property
    def size(self) -> int:
        """Bytes so far."""
        return self._size

    @property
    def sha256(self) -> str:
        """The SHA-256 of the bytes so far, in hexadecimal digits."""
        return self._hash.hexdigest()

    def append(self, data: bytes | bytearray) -> None:
        """Write at the end."""
        self._hash.update(data)
        self._size += len(data)
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(self._descriptor, rest) :]
        if self._size - self._flushed >= _FLUSHED_EVERY:
            os.fdatasync(self._descriptor)
            self._flushed = self._size

    def make_durable(self) -> None:
        """Return when the bytes are on the disk."""
        os.fsync(self._descriptor)

    def close(self) -> None:
        """Let go of the file and its lock. Closing twice is not an error."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1

    def discard(self) -> None:
        """Delete the file."""
        try:
            self._path.unlink(missing_ok=True)
        finally:
            self.close()


def remove_abandoned(path: Path) -> bool:
    """Delete a file unless some process is writing it, and tell whether it was there to be deleted."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink(missing_ok=True)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


def make_names_durable(folder: Path) -> None:
    """Return when the names of the files in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _create_locked(path: Path) -> int:
    while True:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            # Between the two calls a cleaner may have taken the file for a dead writer's.
            if os.fstat(descriptor).st_nlink:
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
