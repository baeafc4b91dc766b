"""What conversions need from the outside world."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId, UserId


@dataclass(frozen=True, slots=True)
class ListPosition:
    """Where a page of a list of conversions ends: the last one's creation time and id."""

    created_at: datetime
    conversion_id: ConversionId


@dataclass(frozen=True, slots=True)
class StoredMediaTotal:
    """How much storage a user's videos and MP3s use."""

    size: int
    """Bytes."""
    less_from: datetime | None = None
    """When the first of them expires; `None`: none has an expiry yet."""


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many conversions are in a state."""

    count: int
    oldest_update: datetime | None = None
    """The earliest time of a last update among them; `None`: there are none."""


class ConversionRepository(Protocol):
    """Keeps conversions. Each write is atomic and durable once it returns.

    Lists give conversions as `in_list` does.

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
        """Replace the previous revision of the conversion (compare and set).

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
        """Give at most `limit` of the owner's conversions, newest first, starting after `after`.

        Conversions of the same creation time are ordered by descending id.
        """

    @abstractmethod
    async def list_all(
        self, *, limit: int, state: ConversionState | None = None, after: ListPosition | None = None
    ) -> Sequence[Conversion]:
        """Give at most `limit` conversions of all users, in the order of `list_owned`."""

    @abstractmethod
    async def count_in_state(self, state: ConversionState, *, most: int) -> StateCount:
        """Count the conversions of all users in a state, up to `most` (1 or more)."""

    @abstractmethod
    async def count_active(self, owner_id: UserId, *, before: ListPosition | None = None) -> int:
        """Count the owner's conversions that are uploading, queued or converting.

        With `before`, only those that are older, that is, that follow it in lists.
        """

    @abstractmethod
    async def total_stored(self, owner_id: UserId, *, before: ListPosition | None = None) -> StoredMediaTotal:
        """Add up `source_bytes` and `audio_bytes` of the owner's conversions; with `before`, of the older ones."""

    @abstractmethod
    async def list_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        """Give at most `limit` conversions whose `expires_at` is not after `now`, longest due first."""

    @abstractmethod
    async def list_source_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        """Give at most `limit` conversions whose `source_kept_until` is not after `now`, longest due first.

        Those whose outcome is unconfirmed are left out: they must not change, since ids of events contain the
        revision.
        """

    @abstractmethod
    async def find_source_holder(
        self, source_id: ConversionId, *, state: ConversionState | None = None
    ) -> Conversion | None:
        """Give a conversion that holds the video of this `source_id`, and is in `state` if that is given; else `None`.

        Writes before the call are seen, and `None` is exact: a conversion that holds the video throughout the
        call is found, and so is one that is added during the call while another one holds it.
        """

    @abstractmethod
    async def list_stalled(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        """Give at most `limit` queued or converting ones that were last updated before `before`, oldest first."""

    @abstractmethod
    async def list_unconfirmed(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        """Give at most `limit` conversions whose `unconfirmed_since` is before `before`, oldest first."""

    @abstractmethod
    async def note_announcement(self, conversion: Conversion, since: datetime | None) -> None:
        """Replace the stored `unconfirmed_since`; `None`: the outcome is confirmed.

        This does nothing if another revision or none is stored, or the outcome was confirmed meanwhile. The
        revision stays the same, since ids of events contain it.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeAudio:
    """The record that an MP3 was made."""

    conversion_id: ConversionId
    owner_id: UserId
    made_at: datetime
    duration: float
    """Seconds."""


class AudioLedger(Protocol):
    """Keeps how much audio was made for each user, even after the conversions were deleted.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, made: MadeAudio) -> None:
        """Record an MP3. A conversion counts once: recording it again changes nothing."""

    @abstractmethod
    async def total_duration(self, owner_id: UserId, *, since: datetime) -> float:
        """Give the seconds of audio that were made for a user at or after that time."""

    @abstractmethod
    async def forget(self, owner_id: UserId) -> None:
        """Delete all records of a user. A user without any is not an error."""

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete the records of what was made before a time, and give their number."""
