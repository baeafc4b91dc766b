"""Remembers the uploads that have begun, so that the same command resumes them."""

import hashlib
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import msgspec

from tracklift_terminal.folders import state_folder
from tracklift_terminal.private_file import read_private, write_private

_KEPT_FOR = 30 * 24 * 3600
"""Seconds: longer than a server keeps anything of an upload."""


class _Begun(msgspec.Struct, frozen=True):
    path: str
    upload_id: str


class UploadMemory:
    """Remembers the id of each upload by server, file (path, size, modification time) and options."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = (state_folder() if folder is None else folder) / "uploads"

    def key(self, server: str, path: Path, asked: Mapping[str, str]) -> str:
        """Give the key of an upload. Raises `OSError` if the file can't be accessed."""
        status = path.stat()
        parts = [server, str(path.resolve()), str(status.st_size), str(status.st_mtime_ns)]
        parts += [f"{name}={value}" for name, value in sorted(asked.items())]
        return hashlib.sha256("\0".join(parts).encode(errors="surrogateescape")).hexdigest()

    def find(self, key: str) -> str | None:
        """Give the upload's id, if there is one; an unreadable record counts as none."""
        try:
            content = read_private(self._folder / key)
            return None if content is None else msgspec.json.decode(content, type=_Begun).upload_id
        except (OSError, msgspec.MsgspecError):
            return None

    def remember(self, key: str, path: Path, upload_id: str) -> None:
        """Remember an upload, and forget those that are too old to be on any server. Raises `OSError`."""
        shown = str(path).encode(errors="replace").decode()
        write_private(self._folder / key, msgspec.json.encode(_Begun(shown, upload_id)))
        oldest = time.time() - _KEPT_FOR
        for file in self._folder.iterdir():
            with suppress(OSError):
                if file.stat().st_mtime < oldest:
                    file.unlink()

    def forget(self, key: str) -> None:
        """Forget a finished upload."""
        with suppress(OSError):
            (self._folder / key).unlink()
