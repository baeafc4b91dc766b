"""Writing an MP3's file: tag, Info frame, music."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from tracklift_adapters.lame.frame_header import HEADER_SIZE, read_header
from tracklift_adapters.lame.info_frame import Encoding, info_frame, info_frame_size
from tracklift_adapters.lame.music import Music


class Mp3File:
    """A file whose music is written first and whose Info frame, of which the size is known, at the end."""

    def __init__(self, path: Path, tag: bytes = b"") -> None:
        """Begin a file, with an ID3 tag."""
        self._file = path.open("wb")
        self._tag = tag
        self._began = False
        self._file.write(tag)

    def write(self, data: bytes, /) -> None:
        """Write music; the first bytes begin with a frame."""
        if not self._began:
            self._began = True
            self._file.seek(info_frame_size(read_header(data[:HEADER_SIZE])), os.SEEK_CUR)
        self._file.write(data)

    def finish(self, music: Music, encoding: Encoding | None) -> int:
        """Write the Info frame, and give the file's size in bytes."""
        self._file.seek(len(self._tag))
        self._file.write(info_frame(music, encoding))
        return self._file.seek(0, os.SEEK_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
