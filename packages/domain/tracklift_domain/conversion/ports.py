"""What conversions need from the outside world."""

from abc import abstractmethod
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tracklift_domain.conversion.conversion import Conversion, ConversionState
from tracklift_domain.conversion.conversion_update import ConversionUpdate
from tracklift_domain.events import Event
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId, SessionId, UserId


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
    """What the operator asks about all conversions, after a loss.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    def ended_since(self, time: datetime) -> AsyncIterator[Conversion]:
        """Give those that completed or failed at that time or later and still are so, in no particular order."""

    @abstractmethod
    async def owners(self) -> Sequence[UserId]:
        """Name everybody who owns a conversion, each once, in no particular order."""


class UpdateFeed(Protocol):
    """Carries what users watch. Transient: an update may be lost, the repository holds the truth."""

    @abstractmethod
    async def publish(self, update: ConversionUpdate) -> None:
        """Send an update to all who watch now. Never raises for a feed that is down."""

    @abstractmethod
    def subscribe(
        self, owner_id: UserId, session_id: SessionId | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[ConversionUpdate]]:
        """Watch an owner's conversions from entering on. A slow watcher loses its oldest updates."""

    @abstractmethod
    async def end(self, owner_id: UserId, session_id: SessionId | None = None) -> None:
        """End the updates of those who watch an owner's conversions now, in every process that the feed reaches.

        With a session, only of those who have subscribed in it. Never raises for a feed that is down.
        """

    @abstractmethod
    def latest_progress(self, conversion_id: ConversionId) -> Progress | None:
        """Give the last progress that came by here for a conversion that is still converting."""
