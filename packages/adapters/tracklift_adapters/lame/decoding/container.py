"""Opening a video with libavformat, which reads it in place."""

import os
from collections.abc import Sequence
from typing import Any, NoReturn

import av
from av.container import InputContainer
from typing_extensions import override

from tracklift_domain.extraction.failures import nothing_decoded
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.file_reader import position_after
from tracklift_domain.media.ports import SeekableReader

_READ_AHEAD = 32 * 1024
"""Bytes read at once. With more, pictures that are interleaved with the sound would be read in vain."""
_FREE = b"free"
"""The type of a box of free space (ISO/IEC 14496-12, 8.1.2)."""
_OPTIONS = {
    # With more, libavformat would decode some pictures for 4 to 13 ms to analyze them. What is needed of the audio is
    # in the index or the first frame. 32 is the minimum.
    "probesize": "32",
    # Timestamps are those of the media. The edit list is applied by this engine: libavformat plays audio in pauses.
    "ignore_editlist": "1",
}
# Before release 19, PyAV fails to open a file whose metadata are not UTF-8, unless told to replace them.
_METADATA: dict[str, Any] = {"metadata_errors": "replace"} if int(av.__version__.split(".")[0]) < 19 else {}


def open_container(
    video: SeekableReader,
    readable: int | None = None,
    hidden: Sequence[int] = (),
    ranges: ByteRanges | None = None,
) -> InputContainer:
    """Open a video as MP4, whatever its content.

    Args:
        video: It is not closed with the container.
        readable: How many of its bytes count; `None`: all.
        hidden: Positions of the types of boxes that are to be read as free space.
        ranges: Where in the file the sound is, if that is known.

    Raises:
        ExtractionError: `corrupt_media`.
    """
    video.seek(0)
    size = video.size if readable is None else min(readable, video.size)
    try:
        container: InputContainer = av.open(
            _Masked(video, size, ranges, hidden) if hidden else _Source(video, size, ranges),
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

    def __init__(self, video: SeekableReader, size: int, ranges: ByteRanges | None) -> None:
        self._size = size
        self._whole = size == video.size
        self._ranges = ranges
        self._video = video
        self.tell = video.tell

    def read(self, size: int) -> bytes:
        """Read as `io.RawIOBase.read` does. A read of sound ends with the sound, as pictures are of no use."""
        if self._ranges is None and self._whole:
            return self._video.read(size)
        position = self.tell()
        end = min(position + size, self._size)
        if self._ranges is not None:
            start, sound_end = next(self._ranges.from_position(position), (end, end))
            end = min(end, sound_end) if start == position else end
        return self._video.read(max(0, end - position))

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Seek as `io.IOBase.seek` does, but return -1 for an invalid position, as libavformat expects."""
        try:
            position = position_after(offset, whence, position=self.tell(), size=self._size)
        except ValueError:
            return -1
        return self._video.seek(position)


class _Masked(_Source):
    """The video as PyAV reads it, with some boxes replaced by free space."""

    def __init__(
        self, video: SeekableReader, size: int, ranges: ByteRanges | None, hidden: Sequence[int]
    ) -> None:
        super().__init__(video, size, ranges)
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
    # A video may refer to other files for its data. Only the video itself is ever read.
    raise PermissionError(f"a video refers to {url}")
