"""Writing an MP3 file: ID3 tag, Info frame, audio frames."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self

from tracklift_adapters.lame.mp3.frame_header import HEADER_SIZE, read_header
from tracklift_adapters.lame.mp3.frame_writer import FrameWriter
from tracklift_adapters.lame.mp3.id3 import Id3Tag
from tracklift_adapters.lame.mp3.info_frame import Encoding, info_frame, info_frame_size


class Mp3File:
    """A file whose audio frames are written first, and then chapters and Info frame, whose sizes are known."""

    def __init__(self, path: Path, tag: Id3Tag) -> None:
        """Start a file with an ID3 tag."""
        self._file = path.open("wb")
        self._tag = tag
        self._has_frames = False
        self._file.write(tag.head)
        self._file.seek(tag.size)

    def write(self, data: bytes, /) -> None:
        """Write audio frames; the first call begins with a header."""
        if not self._has_frames:
            self._has_frames = True
            self._file.seek(info_frame_size(read_header(data[:HEADER_SIZE])), os.SEEK_CUR)
        self._file.write(data)

    def finish(self, written: FrameWriter, encoding: Encoding | None, duration: float) -> int:
        """Write chapters for this duration (seconds) and the Info frame; return the file's size in bytes."""
        self._file.seek(len(self._tag.head))
        self._file.write(self._tag.rest(duration))
        self._file.write(info_frame(written, encoding))
        return self._file.seek(0, os.SEEK_END)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()
