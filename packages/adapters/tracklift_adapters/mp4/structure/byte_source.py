"""Reading a video's bytes with bounds that hold whatever the bytes are."""

import threading

from tracklift_adapters.mp4.structure.damage import damaged, incomplete
from tracklift_domain.media.ports import SeekableReader

WINDOW = 4096
"""Bytes read at once: box headers lie close together, but what lies between two of them is often skipped."""
LARGEST_WINDOW = 2**18
MOST_BYTES = 256 * 2**20
"""Bytes read in one inspection. The sample tables of 24 hours of AAC take 30 MiB, the index of 24 hours of fragments of
a second, with pictures, 140 MiB."""
MOST_BOXES = 3_000_000
"""Boxes and edits read in one inspection: 24 hours of fragments of a second with four tracks have two million."""


class InspectionStopped(Exception):  # noqa: N818 - nothing went wrong
    """The inspection was cancelled."""


class ByteSource:
    """A video's bytes by position. No read is larger than what the file holds, and all reads are counted."""

    def __init__(self, video: SeekableReader) -> None:
        self._video = video
        self._window = b""
        self._window_size = WINDOW
        self._window_start = 0
        self._bytes_left = MOST_BYTES
        self._boxes_left = MOST_BOXES
        self._stopped = threading.Event()
        self.size = video.size

    def at(self, position: int, length: int) -> bytes:
        """Give exactly `length` bytes from `position`.

        Raises:
            ExtractionError: `corrupt_media`, when the file ends before.
            InspectionStopped: after `stop`.
        """
        if position + length > self.size:
            raise incomplete("it ends in the middle of its index")
        offset = position - self._window_start
        if offset < 0 or offset + length > len(self._window):
            self._window = self._read(position, max(length, min(self._window_size, self.size - position)))
            self._window_start = position
            offset = 0
        return self._window[offset : offset + length]

    @property
    def is_exhausted(self) -> bool:
        """Whether an error was raised because a limit is reached, so that each further read raises it again."""
        return self._boxes_left < 0 or self._bytes_left < 0

    def read_at_once(self, size: int) -> None:
        """Read at least so many bytes at once from here on, as far as that is sensible."""
        self._window_size = min(max(size, 64), LARGEST_WINDOW)

    def count_box(self, boxes: int = 1) -> None:
        """Count boxes, or edits of an edit list, so that a file of nothing else comes to an end."""
        self._boxes_left -= boxes
        if self._boxes_left < 0:
            raise damaged(f"it has more than {MOST_BOXES:,} boxes")

    def stop(self) -> None:
        """Let the next read raise, in whichever thread it happens."""
        self._stopped.set()

    def _read(self, position: int, length: int) -> bytes:
        if self._stopped.is_set():
            raise InspectionStopped
        self._bytes_left -= length
        if self._bytes_left < 0:
            raise damaged(f"it is larger than {MOST_BYTES // 2**20} MiB")
        self._video.seek(position)
        data = self._video.read(length)
        if len(data) < length:
            raise incomplete("fewer bytes are stored than were announced")
        return data
