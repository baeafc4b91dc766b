"""The files of a watched folder that were already processed."""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tracklift_terminal.file_result import FileResult
from tracklift_terminal.folders import state_folder
from tracklift_terminal.growth import Stamp
from tracklift_terminal.private_file import read_private, write_private


class _Done(msgspec.Struct):
    stamp: Stamp
    mp3: bytes = b""
    """The path of the MP3, or of the file in its place; bytes, since a name may not be valid text."""
    made: bool = False
    """Whether it is the MP3 of this video."""


class _Memory(msgspec.Struct):
    folder: str
    videos: dict[str, dict[str, _Done]] = {}
    """By the video's name, and by what was requested."""


class DoneFiles:
    """Remembers files by path, size and modification time, so that a replaced file is processed again.

    The request is part of the key: with other options or another output, a file counts as not processed.
    """

    def __init__(self, watched: Path, state: Path | None = None, *, asked: str = "") -> None:
        """Read what is remembered about a folder; an unreadable file counts as empty."""
        self._watched = watched
        self._asked = asked
        full = watched.resolve()
        name = hashlib.sha256(str(full).encode(errors="surrogateescape")).hexdigest()
        self._folder = str(full).encode(errors="backslashreplace").decode()
        self._file = (state_folder() if state is None else state) / "watched" / name
        self._memory = self._read()
        self._there: frozenset[str] | None = None

    def has(self, path: Path, stamp: Stamp) -> bool:
        """Tell whether this version of a file was processed, and any file that blocked its MP3 is still there."""
        done = self._memory.videos.get(self._name(path), {}).get(self._asked)
        if done is None or done.stamp != stamp:
            return False
        return done.made or not done.mp3 or Path(os.fsdecode(done.mp3)).exists()

    def made(self, path: Path, mp3: Path) -> bool:
        """Tell whether an MP3 was made from a file, whatever was requested."""
        wanted = _full(mp3)
        found = self._memory.videos.get(self._name(path), {}).values()
        return any(done.made and done.mp3 == wanted for done in found)

    def add(self, path: Path, stamp: Stamp, result: FileResult) -> None:
        """Remember the result of a file, also on disk. Raises `OSError`."""
        # Another process may watch the folder with other options.
        self._memory = self._read()
        self._forget_what_is_gone()
        done = self._memory.videos.get(self._name(path), {}).get(self._asked, _Done(stamp))
        done.stamp = stamp
        if result.made is not None:
            done.mp3, done.made = _full(result.made), True
            self._forget_replaced(done.mp3)
        elif result.in_the_way is not None:
            done.mp3, done.made = _full(result.in_the_way), False
        self._memory.videos.setdefault(self._name(path), {})[self._asked] = done
        write_private(self._file, msgspec.json.encode(self._memory))

    def keep_only(self, paths: Iterable[Path]) -> None:
        """Forget the files that no longer exist, so that the memory does not grow forever."""
        self._there = frozenset(self._name(path) for path in paths)
        self._forget_what_is_gone()

    def _forget_what_is_gone(self) -> None:
        there = self._there
        if there is not None:
            videos = self._memory.videos
            self._memory.videos = {name: done for name, done in videos.items() if name in there}

    def _forget_replaced(self, mp3: bytes) -> None:
        for name, videos in self._memory.videos.items():
            kept = {asked: done for asked, done in videos.items() if not (done.made and done.mp3 == mp3)}
            self._memory.videos[name] = kept

    def _name(self, path: Path) -> str:
        return str(path.relative_to(self._watched)).encode(errors="backslashreplace").decode()

    def _read(self) -> _Memory:
        try:
            content = read_private(self._file)
            if content is None:
                return _Memory(self._folder)
            return msgspec.json.decode(content, type=_Memory)
        except (OSError, msgspec.MsgspecError):
            return _Memory(self._folder)


def _full(path: Path) -> bytes:
    return os.fsencode(path.absolute())
