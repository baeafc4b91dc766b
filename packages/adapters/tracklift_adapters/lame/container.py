"""Opening a video with libavformat, which reads it where it lies."""

import os
from typing import NoReturn

import av
from av.container import InputContainer

from tracklift_domain.conversion.extraction_failures import nothing_decoded
from tracklift_domain.conversion.ports import SeekableReader
from tracklift_domain.conversion.seeking import position_after

_READ_AHEAD = 32 * 1024
"""Bytes read at once. More would fetch pictures for nothing, where sound and pictures take turns."""
_OPTIONS = {
    # libavformat would decode some pictures to learn more of them, for 4 to 13 ms; what is needed of the sound is in
    # the index or comes with the first frame. 32 is the least that it takes.
    "probesize": "32",
    # Times are those of the media. What is played of it is decided here, as libavformat plays sound in pauses.
    "ignore_editlist": "1",
}


def open_container(video: SeekableReader, readable: int | None) -> InputContainer:
    """Open a video as MP4, whatever it is; `readable` is how many of its bytes count, `None`: all.

    Raises:
        ExtractionError: `corrupt_media`.
    """
    video.seek(0)
    size = video.size if readable is None else min(readable, video.size)
    try:
        return av.open(
            _Source(video, size),
            "r",
            format="mov",
            buffer_size=_READ_AHEAD,
            options=_OPTIONS,
            io_open=_refuse,
            metadata_errors="replace",
        )
    except (MemoryError, av.error.FFmpegError) as error:
        raise nothing_decoded() from error


class _Source:
    """The video as PyAV reads it."""

    def __init__(self, video: SeekableReader, size: int) -> None:
        self._size = size
        self._whole = size == video.size
        self._video = video
        self.tell = video.tell

    def read(self, size: int) -> bytes:
        """Read as `io.RawIOBase.read` does."""
        return self._video.read(size if self._whole else max(0, min(size, self._size - self.tell())))

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move as `io.IOBase.seek` does, but answer a negative position as libavformat expects it."""
        try:
            position = position_after(offset, whence, position=self.tell(), size=self._size)
        except ValueError:
            return -1
        return self._video.seek(position)


def _refuse(url: str, _flags: int, _options: dict[str, str]) -> NoReturn:
    # A video may name other files for its data; nothing but the video itself is ever read.
    raise PermissionError(f"a video asks for {url}")
