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
    """What a user's videos and MP3s take."""

    size: int
    """Bytes."""
    less_from: datetime | None = None
    """When the first of them is deleted for its age; `None`: none has an end yet."""


@dataclass(frozen=True, slots=True)
class StateCount:
    """How many conversions are in a state."""

    count: int
    oldest_update: datetime | None = None
    """When that one was last updated whose last update is longest ago; `None` without any."""


class ConversionRepository(Protocol):
    """Keeps conversions, each write atomic and durable once it returns.

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

        With `before`, only those that are older than this one, that is, those behind it in the order of lists.
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

        Without those whose outcome is not confirmed: they must not change, as the ids of events are made of revisions.
        """

    @abstractmethod
    async def find_source_holder(
        self, source_id: ConversionId, *, state: ConversionState | None = None
    ) -> Conversion | None:
        """Give a conversion that holds the video of this `source_id`, one in that state if it is named; else `None`.

        What was written before the call is seen, and `None` is exact: had a conversion held the video throughout the
        call, it would have been given, and so would one that was added meanwhile while another one held it.
        """

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


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeAudio:
    """That an MP3 was made."""

    conversion_id: ConversionId
    owner_id: UserId
    made_at: datetime
    duration: float
    """Seconds."""


class AudioLedger(Protocol):
    """Keeps how much audio was made for whom, also once the conversion was deleted.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, made: MadeAudio) -> None:
        """Note an MP3. One conversion counts once: noting it again changes nothing."""

    @abstractmethod
    async def total_duration(self, owner_id: UserId, *, since: datetime) -> float:
        """Give the seconds of audio that were made for a user at that time or later."""

    @abstractmethod
    async def forget(self, owner_id: UserId) -> None:
        """Delete all notes of a user. Forgetting one who has none is not an error."""

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete the notes of what was made before a time, and give how many there were."""
