"""Opening a video with libavformat, which reads it where it lies."""

import os
from collections.abc import Sequence
from typing import Any, NoReturn

import av
from av.container import InputContainer
from typing_extensions import override

from tracklift_domain.extraction.failures import nothing_decoded
from tracklift_domain.media.file_reader import position_after
from tracklift_domain.media.ports import SeekableReader

_READ_AHEAD = 32 * 1024
"""Bytes read at once. More would fetch pictures for nothing, where sound and pictures take turns."""
_FREE = b"free"
"""The type of a box that holds nothing (ISO/IEC 14496-12, 8.1.2)."""
_OPTIONS = {
    # libavformat would decode some pictures to learn more of them, for 4 to 13 ms; what is needed of the sound is in
    # the index or comes with the first frame. 32 is the least that it takes.
    "probesize": "32",
    # Times are those of the media. What is played of it is decided here, as libavformat plays sound in pauses.
    "ignore_editlist": "1",
}
# PyAV reads metadata at the opening, and before release 19 fails on what is no UTF-8 unless it is told to replace it.
_METADATA: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}


def open_container(
    video: SeekableReader, readable: int | None = None, hidden: Sequence[int] = ()
) -> InputContainer:
    """Open a video as MP4, whatever it is.

    Args:
        video: It is left open.
        readable: How many of its bytes count; `None`: all.
        hidden: Where the types of boxes lie that are read as free space.

    Raises:
        ExtractionError: `corrupt_media`.
    """
    video.seek(0)
    size = video.size if readable is None else min(readable, video.size)
    try:
        container: InputContainer = av.open(
            _Masked(video, size, hidden) if hidden else _Source(video, size),
            "r",
            format="mov",
            buffer_size=_READ_AHEAD,
            options=_OPTIONS,
            io_open=_refuse,
            **_METADATA,
        )
    except (MemoryError, av.error.FFmpegError) as error:
        raise nothing_decoded() from error
    return container


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


class _Masked(_Source):
    """The video as PyAV reads it, with some boxes as free space."""

    def __init__(self, video: SeekableReader, size: int, hidden: Sequence[int]) -> None:
        super().__init__(video, size)
        self._hidden = hidden

    @override
    def read(self, size: int) -> bytes:
        position = self.tell()
        data = bytearray(super().read(size))
        for hidden in self._hidden:
            for number, byte in enumerate(_FREE, hidden - position):
                if 0 <= number < len(data):
                    data[number] = byte
        return bytes(data)


def _refuse(url: str, _flags: int, _options: dict[str, str]) -> NoReturn:
    # A video may name other files for its data; nothing but the video itself is ever read.
    raise PermissionError(f"a video asks for {url}")
