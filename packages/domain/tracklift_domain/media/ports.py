"""What keeps and reads large files."""

from abc import abstractmethod
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.stored_media import StoredMedia


class SeekableReader(Protocol):
    """Stored bytes for a worker thread: blocking, at any position, for one thread at a time."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many bytes there are."""

    @property
    @abstractmethod
    def path(self) -> Path | None:
        """The ordinary file that holds the bytes, to be read only, where there is one."""

    @abstractmethod
    def read(self, size: int = -1, /) -> bytes:
        """Read at most `size` bytes, all that are left if negative; fewer than `size` only at the end.

        A reading that raises may be repeated from a position that `seek` is given.

        Raises:
            MediaLostError: bytes are missing or damaged.
            MediaNotFoundError: the file was deleted meanwhile.
            ServiceUnavailableError: the storage can't be reached.
        """

    @abstractmethod
    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a position as `io.IOBase.seek` does, and give it."""

    @abstractmethod
    def tell(self) -> int:
        """Give the position."""

    @abstractmethod
    def expect(self, ranges: ByteRanges) -> None:
        """Take note of what will be read from now on, in this order, so that it can be fetched ahead.

        This is a hint: any bytes may be read afterwards. Ranges that are given later replace earlier ones.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the bytes. Closing twice is not an error; reading afterwards raises `ValueError`, as `io` does.

        It is possible while a reading hangs, which ends then in whichever way, as no caller waits for it any more.
        """


class MediaStore(Protocol):
    """Keeps large files, each whole and durable once it is written, and none that is half written.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
        ValueError: from every method that is given a text that is not a media id (`check_media_id`).
    """

    @abstractmethod
    async def write(
        self, media_id: MediaId, chunks: AsyncIterable[bytes], *, largest: int | None = None
    ) -> StoredMedia:
        """Store the chunks, in constant memory; it becomes visible with its last byte. Replaces a file of that id.

        An error raised by `chunks`, or a cancellation, leaves the store as it was.

        Raises:
            MediaTooLargeError: more than `largest` bytes came; raised as soon as they do.
            OutOfSpaceError: there is no room left.
        """

    @abstractmethod
    async def describe(self, media_id: MediaId) -> StoredMedia:
        """Tell about a file, without a look at its bytes.

        Raises:
            MediaLostError: what was noted of it is damaged.
            MediaNotFoundError: there is none.
        """

    @abstractmethod
    def read(self, media_id: MediaId, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Give the bytes from `start` up to but without `end` in chunks of bounded size.

        Positions behind the file's end mean its end. The file may be deleted meanwhile: a reading that has begun
        either ends whole or raises.

        Raises:
            MediaLostError: bytes are missing or damaged; with the first chunk asked for where that can be told then.
            MediaNotFoundError: with the first chunk asked for, or later when the file was deleted meanwhile.
        """

    @abstractmethod
    async def open_seekable(self, media_id: MediaId) -> SeekableReader:
        """Open a file for a worker thread; the caller closes it.

        Raises:
            MediaLostError: bytes are missing or damaged, where that can be told without reading them.
            MediaNotFoundError: there is none.
        """

    @abstractmethod
    async def delete(self, media_id: MediaId) -> None:
        """Delete a file. Deleting what is not there is no error."""

    @abstractmethod
    def list_stored_before(self, time: datetime) -> AsyncIterator[StoredMedia]:
        """Give the files that were stored before a time, in no particular order."""

    @abstractmethod
    async def sweep_unfinished(self, before: datetime) -> int:
        """Delete what broken-off writes left behind that have not grown since a time; give how many there were."""


class GrowingMedia(Protocol):
    """Files that grow at their end, by one writer after another, until they are finished and become media.

    Each writer has a fence, a number above those of all writers before it. From the first call of a writer on, no
    earlier one can change the file any more, not even with bytes that reach the storage late.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
        ValueError: from every method that is given a text that is not a media id (`check_media_id`).
    """

    @abstractmethod
    async def size(self, media_id: MediaId) -> int:
        """Tell how many bytes are durably stored: 0 of a file that has not begun, all of a finished one.

        It is derived from what is stored. Bytes that a writer was about to add when it died don't count.
        """

    @abstractmethod
    async def append(
        self,
        media_id: MediaId,
        chunks: AsyncIterable[bytes],
        *,
        start: int,
        fence: int,
        all_or_nothing: bool = False,
    ) -> int:
        """Add chunks behind the first `start` bytes, in constant memory, and give the size then.

        What lies behind the durable size is cut off first. An error raised by `chunks`, or a cancellation, is passed
        on, and the file keeps what came before it; with `all_or_nothing` it keeps none of it, nor does it after a
        crash.

        Raises:
            WrongOffsetError: another number of bytes is stored. Nothing is added.
            WriterSupersededError: a newer writer has begun, or the file was discarded meanwhile.
            OutOfSpaceError: there is no room left; what was stored before stays.
        """

    @abstractmethod
    async def finish(self, media_id: MediaId, *, fence: int) -> StoredMedia:
        """Make the file, as it is now, a file of the media store. Finishing it again gives the same.

        Raises:
            WriterSupersededError: a newer writer has begun, or the file was discarded meanwhile.
            OutOfSpaceError: there is no room left; it can be finished later.
        """

    @abstractmethod
    async def discard(self, media_id: MediaId) -> None:
        """Delete what has grown. Discarding what is not there, or is finished, changes nothing."""

    @abstractmethod
    def list_begun_before(self, time: datetime) -> AsyncIterator[MediaId]:
        """Give the unfinished files that were begun before a time, in no particular order."""


class MediaLossReporter(Protocol):
    """Tells an operator of stored files that are lost though a conversion needs them."""

    @abstractmethod
    def report(self, media_id: MediaId) -> None:
        """Note a loss."""
