"""A folder that only the user who runs this process may look into."""

import os
import stat
from contextlib import suppress
from pathlib import Path

from tracklift_domain.errors import ServiceUnavailableError

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_PRIVATE_UMASK = _OTHERS
"""SQLite, for one, makes its files with whatever the umask leaves of 0644."""
_ROOT = 0


def make_new_files_private() -> None:
    """Let what this process and its children make from now on be readable and writable for their user only."""
    os.umask(_PRIVATE_UMASK)


def make_private(folder: Path) -> None:
    """Make a folder with mode 0700, or take the rights of other users from one that exists and from what lies in it.

    Permissions are taken from the outside in, so that no other user can put anything in meanwhile. What lies in folders
    that were private before is left as it is, since no other user can get there. A symbolic link directly in the folder
    is followed, as one that puts the videos on another disk.

    Raises:
        ServiceUnavailableError: the folder can't be made, or something in it belongs to another user, who could read or
            replace it whatever its mode is.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _take_from_others(folder, folder)
        for entry in list(folder.iterdir()):
            _require_own_link(folder, entry)
            _make_entry_private(folder, entry)
    except OSError as error:
        raise _refused(folder, _reason(error)) from error


def _make_entry_private(folder: Path, entry: Path) -> None:
    # What is gone by now needs nothing; a link may lead nowhere yet.
    with suppress(FileNotFoundError):
        if _take_from_others(folder, entry) and entry.is_dir():
            _make_content_private(folder, entry)


def _make_content_private(folder: Path, inner: Path) -> None:
    for entry in list(inner.iterdir()):
        if entry.is_symlink():
            _require_own_link(folder, entry)
        else:
            _make_entry_private(folder, entry)


def _take_from_others(folder: Path, path: Path) -> bool:
    """Tell whether others had rights to what the path leads to."""
    status = path.stat()
    _require_own(folder, path, status)
    if not status.st_mode & _OTHERS:
        return False
    path.chmod(stat.S_IMODE(status.st_mode) & stat.S_IRWXU)
    if path.stat().st_mode & _OTHERS:
        raise _refused(folder, f"its file system leaves {path} open to other users")
    return True


def _require_own(folder: Path, path: Path, status: os.stat_result) -> None:
    if status.st_uid != os.geteuid():
        raise _refused(folder, f"{path} belongs to another user (UID {status.st_uid}), who could read it")


def _require_own_link(folder: Path, entry: Path) -> None:
    with suppress(FileNotFoundError):
        owner = entry.lstat().st_uid
        if entry.is_symlink() and owner not in {os.geteuid(), _ROOT}:
            raise _refused(folder, f"the symbolic link {entry} belongs to another user (UID {owner})")


def _refused(folder: Path, reason: str) -> ServiceUnavailableError:
    return ServiceUnavailableError(f"The folder {folder}", f"{reason}.")


def _reason(error: OSError) -> str:
    what = error.strerror or str(error)
    return what if error.filename is None else f"{what}: {error.filename}"
