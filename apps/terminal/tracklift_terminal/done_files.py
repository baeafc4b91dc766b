"""Which files of a watched folder were worked on."""

import hashlib
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tracklift_terminal.folders import state_folder
from tracklift_terminal.growth import Stamp
from tracklift_terminal.private_file import read_private, write_private


class _Done(msgspec.Struct):
    folder: str
    files: dict[str, Stamp] = {}


class DoneFiles:
    """Remembers files by path, size and time of change, so that one which is replaced is worked on again."""

    def __init__(self, watched: Path, state: Path | None = None) -> None:
        """Read what is remembered of a folder; what can't be read counts as nothing."""
        self._watched = watched.resolve()
        name = hashlib.sha256(str(self._watched).encode(errors="surrogateescape")).hexdigest()
        self._file = (state_folder() if state is None else state) / "watched" / name
        self._done = self._read()

    def has(self, path: Path, stamp: Stamp) -> bool:
        """Tell whether a file was worked on as it is."""
        return self._done.files.get(self._name(path)) == stamp

    def add(self, path: Path, stamp: Stamp) -> None:
        """Remember a file, on the disk too. Raises `OSError`."""
        self._done.files[self._name(path)] = stamp
        write_private(self._file, msgspec.json.encode(self._done))

    def keep_only(self, paths: Iterable[Path]) -> None:
        """Forget the files that are not there any more, so that the memory does not grow for ever."""
        there = {self._name(path) for path in paths}
        self._done.files = {name: stamp for name, stamp in self._done.files.items() if name in there}

    def _name(self, path: Path) -> str:
        shown = str(path.resolve().relative_to(self._watched))
        return shown.encode(errors="backslashreplace").decode()

    def _read(self) -> _Done:
        shown = str(self._watched).encode(errors="backslashreplace").decode()
        try:
            content = read_private(self._file)
            return _Done(shown) if content is None else msgspec.json.decode(content, type=_Done)
        except (OSError, msgspec.MsgspecError):
            return _Done(shown)
