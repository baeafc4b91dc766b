"""Writing an MP3's file: tag, Info frame, music."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from tracklift_adapters.lame.frame_header import HEADER_SIZE, read_header
from tracklift_adapters.lame.id3 import Id3Tag
from tracklift_adapters.lame.info_frame import Encoding, info_frame, info_frame_size
from tracklift_adapters.lame.music import Music


class Mp3File:
    """A file whose music is written first; its chapters and its Info frame, whose sizes are known, at the end."""

    def __init__(self, path: Path, tag: Id3Tag) -> None:
        """Begin a file, with an ID3 tag."""
        self._file = path.open("wb")
        self._tag = tag
        self._began = False
        self._file.write(tag.head)
        self._file.seek(tag.size)

    def write(self, data: bytes, /) -> None:
        """Write music; the first bytes begin with a frame."""
        if not self._began:
            self._began = True
            self._file.seek(info_frame_size(read_header(data[:HEADER_SIZE])), os.SEEK_CUR)
        self._file.write(data)

    def finish(self, music: Music, encoding: Encoding | None, duration: float) -> int:
        """Write the chapters, which end at this duration (seconds), and the Info frame; give the file's bytes."""
        self._file.seek(len(self._tag.head))
        self._file.write(self._tag.rest(duration))
        self._file.write(info_frame(music, encoding))
        return self._file.seek(0, os.SEEK_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
