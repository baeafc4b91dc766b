"""Access to the frames of an encoder's output by number."""

from array import array

from tracklift_adapters.lame.mp3.frame_header import HEADER_SIZE, FrameHeader, read_header
from tracklift_adapters.lame.mp3.side_info import SideInfo, read_side_info


class Frames:
    """Consecutive frames. At first only their offsets are determined; a frame is parsed when it is requested.

    An incomplete frame at the end is left out: an encoder outputs bytes as they become ready, not whole frames.
    """

    def __init__(self, data: bytes | bytearray) -> None:
        """Determine the offset of each frame.

        Raises:
            ValueError: there are other bytes between two frames.
        """
        self._data = bytearray(data)
        # There are few different headers among the 137,813 of an hour.
        sizes: dict[bytes, int] = {}
        self._offsets = _walk(bytes(data), sizes)
        self.headers = frozenset(map(read_header, sizes))
        """The distinct headers."""

    def __len__(self) -> int:
        return len(self._offsets) - 1

    def header(self, index: int) -> FrameHeader:
        start = self._offsets[index]
        return read_header(bytes(self._data[start : start + HEADER_SIZE]))

    def side_info(self, index: int) -> SideInfo:
        header, start = self.header(index), self._offsets[index]
        return read_side_info(
            header, bytes(self._data[start + header.side_info_start : start + header.body_start])
        )

    @property
    def data(self) -> bytearray:
        """The bytes themselves, which may be overwritten."""
        return self._data

    @property
    def offsets(self) -> "array[int]":
        """The offset of each frame, and the end of the last one."""
        return self._offsets

    @property
    def size(self) -> int:
        """The size of all frames in bytes."""
        return self._offsets[-1]

    def head(self, index: int) -> bytes:
        """Return header, checksum and side information: all but the body."""
        start = self._offsets[index]
        return bytes(self._data[start : start + self.header(index).body_start])

    def body(self, index: int) -> bytes:
        return bytes(self._data[self._body_start(index) : self._offsets[index + 1]])

    def body_size(self, index: int) -> int:
        return self._offsets[index + 1] - self._body_start(index)

    def replace_body_end(self, index: int, data: bytes) -> None:
        """Overwrite the last bytes of a frame's body.

        A checksum stays valid, because it covers header and side information only (ISO/IEC 11172-3, 2.4.3.1).
        """
        if len(data) > self.body_size(index):
            raise ValueError(f"{len(data)} bytes do not fit into the body of frame {index}")
        end = self._offsets[index + 1]
        self._data[end - len(data) : end] = data

    def joined(self, start: int, end: int) -> bytes:
        """Return the bytes of the frames from number `start` up to, but not including, `end`."""
        return bytes(memoryview(self._data)[self._offsets[start] : self._offsets[end]])

    def sizes(self, start: int, end: int) -> "array[int]":
        """Return the sizes of the same frames in bytes."""
        offsets = self._offsets
        return array("H", [offsets[index + 1] - offsets[index] for index in range(start, end)])

    def behind(self, start: int) -> "Frames":
        """Return a copy of the frames from number `start` on."""
        return Frames(self.joined(start, len(self)))

    def _body_start(self, index: int) -> int:
        return self._offsets[index] + self.header(index).body_start


def _walk(data: bytes, sizes: dict[bytes, int]) -> "array[int]":
    """Return the offset of each whole frame, and of the end; collect the size by header in `sizes`."""
    offsets = array("Q", [0])
    end, offset = len(data), 0
    while offset + HEADER_SIZE <= end:
        word = data[offset : offset + HEADER_SIZE]
        size = sizes.get(word)
        if size is None:
            size = sizes[word] = read_header(word).size
        offset += size
        if offset > end:
            break
        offsets.append(offset)
    return offsets
