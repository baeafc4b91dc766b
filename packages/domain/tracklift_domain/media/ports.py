"""The ports that store and read large files."""

from abc import abstractmethod
from collections.abc import AsyncIterable, AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.stored_media import StoredMedia


class SeekableReader(Protocol):
    """Random access to stored bytes from a worker thread: blocking, and for one thread at a time."""

    @property
    @abstractmethod
    def size(self) -> int:
        """How many bytes there are."""

    @property
    @abstractmethod
    def path(self) -> Path | None:
        """The ordinary file that contains the bytes, if there is one; it must not be changed."""

    @abstractmethod
    def read(self, size: int = -1, /) -> bytes:
        """Read at most `size` bytes, or all that are left if negative; fewer than `size` only at the end.

        A read that raises may be repeated after a `seek`.

        Raises:
            MediaLostError: bytes are missing or damaged.
            MediaNotFoundError: the file was deleted meanwhile.
            ServiceUnavailableError: the storage can't be reached.
        """

    @abstractmethod
    def seek(self, offset: int, whence: int = 0, /) -> int:
        """Move to a position as `io.IOBase.seek` does, and return it."""

    @abstractmethod
    def tell(self) -> int:
        """Return the current position."""

    @abstractmethod
    def expect(self, ranges: ByteRanges) -> None:
        """Announce what will be read from now on, in this order, so that it can be fetched ahead.

        This is a hint: any bytes may be read afterwards. A later call replaces the ranges of an earlier one.
        """

    @abstractmethod
    def close(self) -> None:
        """Release the bytes. Closing twice is not an error; reading afterwards raises `ValueError`, as in `io`.

        This may be called while a read hangs. How that read ends doesn't matter, as no caller waits for it any more.
        """


class MediaStore(Protocol):
    """Stores large files. A file is either completely and durably stored or not there at all.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
        ValueError: from every method that is given a string that is not a media id (`check_media_id`).
    """

    @abstractmethod
    async def write(
        self, media_id: MediaId, chunks: AsyncIterable[bytes], *, largest: int | None = None
    ) -> StoredMedia:
        """Store the chunks in constant memory. The file becomes visible once complete, and replaces one with its id.

        An error raised by `chunks`, or a cancellation, leaves the store as it was.

        Raises:
            MediaTooLargeError: more than `largest` bytes arrived; raised as soon as they do.
            OutOfSpaceError: there is no room left.
        """

    @abstractmethod
    async def describe(self, media_id: MediaId) -> StoredMedia:
        """Describe a file without reading its bytes.

        Raises:
            MediaLostError: the file's metadata is damaged.
            MediaNotFoundError: there is no such file.
        """

    @abstractmethod
    def read(self, media_id: MediaId, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes from `start` (inclusive) to `end` (exclusive) in chunks of bounded size.

        Positions beyond the end of the file mean its end. If the file is deleted meanwhile, a read that has begun
        either completes or raises.

        Raises:
            MediaLostError: bytes are missing or damaged; raised when the first chunk is requested if already known.
            MediaNotFoundError: when the first chunk is requested, or later if the file was deleted meanwhile.
        """

    @abstractmethod
    async def open_seekable(self, media_id: MediaId) -> SeekableReader:
        """Open a file for a worker thread; the caller closes it.

        Raises:
            MediaLostError: bytes are missing or damaged, if that can be told without reading them.
            MediaNotFoundError: there is no such file.
        """

    @abstractmethod
    async def delete(self, media_id: MediaId) -> None:
        """Delete a file. Deleting a file that does not exist is not an error."""

    @abstractmethod
    def list_stored_before(self, time: datetime) -> AsyncIterator[StoredMedia]:
        """Yield the files that were stored before a time, in no particular order."""

    @abstractmethod
    async def sweep_unfinished(self, before: datetime) -> int:
        """Delete the remains of interrupted writes that have not grown since a time; return how many there were."""


class GrowingMedia(Protocol):
    """Files to which one writer after another appends, until they are finished and become media.

    Each writer has a fence: a number greater than those of all earlier writers. After a writer's first call, no earlier
    writer can change the file any more, not even with bytes that reach the storage late.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
        ValueError: from every method that is given a string that is not a media id (`check_media_id`).
    """

    @abstractmethod
    async def size(self, media_id: MediaId) -> int:
        """Return how many bytes are durably stored: 0 for a file that has not begun, all bytes of a finished one.

        The size is derived from the stored bytes. Bytes that a writer was about to add when it died don't count.
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
        """Append chunks after the first `start` bytes, in constant memory, and return the new size.

        Any bytes beyond the durable size are cut off first. An error raised by `chunks`, or a cancellation, is passed
        on, and the file keeps the chunks before it; with `all_or_nothing` it keeps none of them, even after a crash.

        Raises:
            WrongOffsetError: another number of bytes is stored. Nothing is added.
            WriterSupersededError: a newer writer has begun, or the file was discarded meanwhile.
            OutOfSpaceError: there is no room left; what was stored before is kept.
        """

    @abstractmethod
    async def finish(self, media_id: MediaId, *, fence: int) -> StoredMedia:
        """Turn the file, as it is now, into a file of the media store. Finishing it again returns the same result.

        Raises:
            WriterSupersededError: a newer writer has begun, or the file was discarded meanwhile.
            OutOfSpaceError: there is no room left; the file can be finished later.
        """

    @abstractmethod
    async def discard(self, media_id: MediaId) -> None:
        """Delete an unfinished file. Discarding a file that does not exist, or is finished, changes nothing."""

    @abstractmethod
    def list_begun_before(self, time: datetime) -> AsyncIterator[MediaId]:
        """Yield the ids of unfinished files that were begun before a time, in no particular order."""


class MediaLossReporter(Protocol):
    """Reports to an operator that stored files are lost although a conversion needs them."""

    @abstractmethod
    def report(self, media_id: MediaId) -> None:
        """Report a lost file."""
