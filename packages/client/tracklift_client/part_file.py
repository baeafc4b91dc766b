"""A download under way: a file beside its target, which a later call goes on with."""

import hashlib
import os
from pathlib import Path
from typing import BinaryIO

_PIECE = 1024 * 1024
_LONGEST = 80
"""Characters of the target's name in the name of the part: file systems end at 255 bytes."""


class PartFile:
    """Takes the bytes of a download, and becomes the target when it is complete."""

    def __init__(self, target: Path, conversion_id: str, *, overwrite: bool) -> None:
        """Open what is there of a download already, and read it once.

        Raises:
            FileExistsError: the target is there, and may not be replaced.
            OSError: the folder or the file can't be used.
        """
        self._target = target
        self._overwrite = overwrite
        self._check()
        self._path = target.with_name(f".{target.name[:_LONGEST]}.{safe_name(conversion_id)}.part")
        self._file: BinaryIO = self._path.open("a+b")
        self._hash = hashlib.sha256()
        self.size = 0
        """Bytes that are there."""
        try:
            self._file.seek(0)
            while piece := self._file.read(_PIECE):
                self._count(piece)
        except BaseException:
            self._file.close()
            raise

    @property
    def sha256(self) -> str:
        """Of all bytes that are there, in hexadecimal digits."""
        return self._hash.hexdigest()

    def write(self, piece: bytes) -> None:
        """Append bytes."""
        self._file.write(piece)
        self._count(piece)

    def empty(self) -> None:
        """Forget all bytes."""
        self._file.truncate(0)
        self._hash = hashlib.sha256()
        self.size = 0

    def publish(self) -> None:
        """Let it be the target. Raises `FileExistsError` as at the begin."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._check()
        self._path.replace(self._target)

    def discard(self) -> None:
        """Delete it."""
        self._file.close()
        self._path.unlink(missing_ok=True)

    def close(self) -> None:
        """Close it, and keep what there is for the next call; a file without bytes is deleted."""
        self._file.close()
        if self.size == 0:
            self._path.unlink(missing_ok=True)

    def _count(self, piece: bytes) -> None:
        self._hash.update(piece)
        self.size += len(piece)

    def _check(self) -> None:
        if not self._overwrite and self._target.exists():
            raise FileExistsError(f"{self._target} exists already.")


def safe_name(name: str) -> str:
    """Make a name that stays in its folder out of one that a server gives."""
    last = name.replace("\\", "/").rpartition("/")[2]
    plain = "".join(character for character in last if character.isprintable()).lstrip(".")
    return plain or "audio.mp3"
