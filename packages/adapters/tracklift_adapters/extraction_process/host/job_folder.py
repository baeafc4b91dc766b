"""The folder of one extraction, and the removal of folders whose owner has ended."""

import fcntl
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_log = logging.getLogger(__name__)
PREFIX = "tracklift-job-"


class JobFolder:
    """A folder on which this process holds a lock (flock(2)). The kernel releases the lock when the process ends."""

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        self._path: Path | None = None
        self._lock: int | None = None

    @property
    def path(self) -> Path:
        """Where the folder is, once it has been created."""
        if self._path is None:
            raise RuntimeError("the job's folder has not been created")
        return self._path

    def create(self) -> None:
        """Create the folder, with access for this user only."""
        self._scratch.mkdir(mode=0o700, parents=True, exist_ok=True)
        # No other process may sweep after the folder has been created and before it has been locked.
        with _locked(self._scratch, fcntl.LOCK_SH):
            self._path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=self._scratch)).absolute()
            self._lock = os.open(self._path, os.O_RDONLY | os.O_DIRECTORY)
            fcntl.flock(self._lock, fcntl.LOCK_EX)

    def remove(self) -> None:
        """Remove the folder and its content, if it has been created."""
        if self._path is not None:
            _remove(self._path)
            self._path = None
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


def sweep_jobs(scratch: Path) -> int:
    """Remove the folders whose owner has ended, and return how many there were.

    Folders of running processes are left. Several processes that share the scratch folder may call this at any time.
    """
    if not scratch.is_dir():
        return 0
    removed = 0
    with _locked(scratch, fcntl.LOCK_EX):
        for path in scratch.glob(f"{PREFIX}*"):
            removed += _sweep(path)
    return removed


def _sweep(path: Path) -> bool:
    try:
        lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return False  # Its owner has removed it meanwhile, or it is not a job's folder.
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    else:
        return _remove(path)
    finally:
        os.close(lock)


def _remove(path: Path) -> bool:
    try:
        shutil.rmtree(path)
    except OSError as error:
        _log.warning("The job's folder %s could not be removed: %s", path, error)
        return False
    return True


@contextmanager
def _locked(folder: Path, kind: int) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, kind)
        yield
    finally:
        os.close(descriptor)
