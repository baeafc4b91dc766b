"""What conversions need from the outside world."""

from abc import abstractmethod
from collections.abc import AsyncIterable, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from tracklift_domain.conversion.conversion import Conversion, ConversionState
from tracklift_domain.conversion.damage import Damage
from tracklift_domain.conversion.progress import ConversionUpdate, Progress
from tracklift_domain.conversion.video import ExtractionPlan, VideoTraits
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId, MediaId, SessionId, UserId


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Where a page of a list of conversions ends: the last one's creation time and id."""

    created_at: datetime
    conversion_id: ConversionId


class ConversionRepository(Protocol):
    """Keeps conversions, each write atomic and durable once it returns.

    Lists give conversions `without_chapters`.

    Events that come with a write enter the outbox in the same atomic step: both are stored or neither is.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def add(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        """Store a new conversion.

        Raises:
            ConversionExistsError: its id, or its owner's idempotency key, is stored already.
        """

    @abstractmethod
    async def get(self, conversion_id: ConversionId) -> Conversion:
        """Give the stored conversion. Raises `ConversionNotFoundError`."""

    @abstractmethod
    async def find_by_idempotency_key(self, owner_id: UserId, key: str) -> Conversion | None:
        """Give the owner's conversion with this key, if there is one."""

    @abstractmethod
    async def replace(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        """Store the conversion over the revision before it (compare and set).

        Raises:
            StaleConversionError: another revision is stored.
            ConversionNotFoundError: none is stored.
        """

    @abstractmethod
    async def remove(self, conversion: Conversion) -> None:
        """Delete exactly this revision.

        Raises:
            StaleConversionError: another revision is stored.
            ConversionNotFoundError: none is stored.
        """

    @abstractmethod
    async def list_owned(
        self,
        owner_id: UserId,
        *,
        limit: int,
        state: ConversionState | None = None,
        after: ListPosition | None = None,
    ) -> Sequence[Conversion]:
        """Give at most `limit` of the owner's conversions, newest first, those behind `after` in that order.

        Conversions of the same creation time are ordered by descending id.
        """

    @abstractmethod
    async def count_active(self, owner_id: UserId, *, before: ListPosition | None = None) -> int:
        """Count the owner's conversions that are uploading, queued or converting.

        With `before`, only those that are older than this one, that is, those behind it in the order of lists.
        """

    @abstractmethod
    async def list_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        """Give at most `limit` conversions whose `expires_at` is not after `now`, longest due first."""

    @abstractmethod
    async def list_stalled(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        """Give at most `limit` queued or converting ones that were last updated before `before`, oldest first."""

    @abstractmethod
    async def list_unconfirmed(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        """Give at most `limit` conversions whose `unconfirmed_since` is before `before`, oldest first."""

    @abstractmethod
    async def note_announcement(self, conversion: Conversion, since: datetime | None) -> None:
        """Put another `unconfirmed_since` in place of the stored one; `None`: the outcome is confirmed.

        Nothing happens if another revision or none is stored, or the outcome was confirmed meanwhile. The revision
        stays as it is, since the ids of events are made of it.
        """


class ConversionInventory(Protocol):
    """What whoever runs Tracklift asks about all conversions, after a loss.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    def ended_since(self, moment: datetime) -> AsyncIterator[Conversion]:
        """Give those that completed or failed at that moment or later and still are so, in no particular order."""

    @abstractmethod
    async def owners(self) -> Sequence[UserId]:
        """Name everybody who owns a conversion, each once, in no particular order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMedia:
    """A file in the media store. Size in bytes, SHA-256 in hexadecimal digits."""

    id: MediaId
    size: int
    sha256: str
    stored_at: datetime


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
    def close(self) -> None:
        """Let go of the bytes. Closing twice is no error; reading afterwards raises `ValueError`, as `io` does.

        It is possible while a reading hangs, which ends then in whichever way, as nobody waits for it any more.
        """


class MediaStore(Protocol):
    """Keeps large files, each whole and durable once it is written, and none that is half written.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
        ValueError: from every method that is given a text that is no media id (`check_media_id`).
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
    def list_stored_before(self, moment: datetime) -> AsyncIterator[StoredMedia]:
        """Give the files that were stored before a moment, in no particular order."""

    @abstractmethod
    async def sweep_unfinished(self, before: datetime) -> int:
        """Delete what broken-off writes left behind that have not grown since a moment; give how many there were."""


class MediaLossReporter(Protocol):
    """Tells an operator of stored files that are lost though a conversion needs them."""

    @abstractmethod
    def report(self, media_id: MediaId) -> None:
        """Note a loss."""


class VideoInspector(Protocol):
    """Looks into a video without decoding it."""

    @abstractmethod
    async def inspect(self, video: SeekableReader) -> VideoTraits:
        """Find the audio tracks of an MP4 (ISO/IEC 14496-12), in bounded time and memory whatever the bytes are.

        Tags and a cover picture are found as well; those that are damaged are left out and are no failure.

        Raises:
            ExtractionError: `not_a_video`, or `corrupt_media` where it began as one but lacks parts.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class ExtractedAudio:
    """A finished MP3 that lies with the extractor until its context is left."""

    size: int
    """Bytes."""
    duration: float
    """Seconds of the MP3."""
    decoded: float
    """Seconds of the source's audio that were decoded between the plan's start and end."""
    bitrate: int
    """Average, kbit/s."""
    track: int
    """Which audio track it was made from, counted from 0."""
    damage: Damage | None
    """What is missing of the sound; `None`: nothing."""
    chunks: Callable[[], AsyncIterator[bytes]]
    """Gives the bytes, from the first one at each call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioFile:
    """An MP3 that an engine has made."""

    path: Path
    size: int
    """Bytes."""
    duration: float
    """Seconds of the MP3."""
    decoded: float
    """Seconds of the source's audio that were decoded between the plan's start and end."""
    bitrate: int
    """Average, kbit/s."""
    track: int
    """Which audio track it was made from, counted from 0."""
    damage: Damage | None
    """What is missing of the sound; `None`: nothing."""


class AudioEngine(Protocol):
    """Makes MP3s within the calling thread, in a process that does nothing else and may be killed at any moment.

    An extractor gives it that process, with limits on what it may use. It may leave threads, programs and files in
    `folder` behind: they end and go with the process.
    """

    @abstractmethod
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        """Make an MP3 in `folder` as planned.

        `reached` may be called as often as is convenient, with the fraction of the work that is done, from 0 to 1.

        Raises:
            NotCoveredError: this engine does not make such MP3s of such videos; nothing is wrong with either.
            ExtractionError: with the failure's code.
            OSError: a file could not be written.
            ServiceUnavailableError: the video's storage can't be reached.
        """


class AudioExtractor(Protocol):
    """Makes an MP3 from a video's audio track."""

    @abstractmethod
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, report: Callable[[Progress], None]
    ) -> AbstractAsyncContextManager[ExtractedAudio]:
        """Extract as planned. Entering the context does the work; leaving it removes all temporary files.

        `report` is called on the event loop, at most twice a second, with a fraction that never falls. A
        cancellation stops the work within one second and leaves nothing behind: no process, file or folder.

        Raises:
            ExtractionError: with the failure's code.
        """


class UpdateFeed(Protocol):
    """Carries what users watch. Transient: an update may be lost, the repository holds the truth."""

    @abstractmethod
    async def publish(self, update: ConversionUpdate) -> None:
        """Send an update to all who watch now. Never raises for a feed that is down."""

    @abstractmethod
    def subscribe(
        self, owner_id: UserId, session_id: SessionId | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[ConversionUpdate]]:
        """Watch an owner's conversions from the moment of entering. A slow watcher loses its oldest updates."""

    @abstractmethod
    async def end(self, owner_id: UserId, session_id: SessionId | None = None) -> None:
        """End the updates of those who watch an owner's conversions now, in every process that the feed reaches.

        With a session, only of those who have subscribed in it. Never raises for a feed that is down.
        """

    @abstractmethod
    def latest_progress(self, conversion_id: ConversionId) -> Progress | None:
        """Give the last progress that came by here for a conversion that is still converting."""
