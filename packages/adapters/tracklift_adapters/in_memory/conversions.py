from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from typing_extensions import override

from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_domain.conversion.announcing.ports import ConversionInventory
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ConversionExistsError,
    ConversionNotFoundError,
    StaleConversionError,
)
from tracklift_domain.conversion.ports import ConversionRepository, ListPosition, StateCount, StoredMediaTotal
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId, UserId


class InMemoryConversionRepository(ConversionRepository, ConversionInventory):
    """Keeps conversions in the memory of this process; their events go into the outbox it is given."""

    def __init__(self, outbox: InMemoryOutbox) -> None:
        self._outbox = outbox
        self._conversions: dict[ConversionId, Conversion] = {}

    @override
    async def add(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        if conversion.id in self._conversions or self._key_is_taken(conversion):
            raise ConversionExistsError(conversion.id)
        self._conversions[conversion.id] = conversion
        self._outbox.store(events)

    @override
    async def get(self, conversion_id: ConversionId) -> Conversion:
        try:
            return self._conversions[conversion_id]
        except KeyError as error:
            raise ConversionNotFoundError(conversion_id) from error

    @override
    async def find_by_idempotency_key(self, owner_id: UserId, key: str) -> Conversion | None:
        return next((found for found in self._owned(owner_id) if found.idempotency_key == key), None)

    @override
    async def replace(self, conversion: Conversion, events: Sequence[Event] = ()) -> None:
        self._require_revision(conversion.id, conversion.revision - 1)
        self._conversions[conversion.id] = conversion
        self._outbox.store(events)

    @override
    async def remove(self, conversion: Conversion) -> None:
        self._require_revision(conversion.id, conversion.revision)
        del self._conversions[conversion.id]

    @override
    async def list_owned(
        self,
        owner_id: UserId,
        *,
        limit: int,
        state: ConversionState | None = None,
        after: ListPosition | None = None,
    ) -> Sequence[Conversion]:
        found = [
            conversion
            for conversion in self._owned(owner_id)
            if (state is None or conversion.state is state) and _is_behind(after, conversion)
        ]
        return _in_list(sorted(found, key=_position, reverse=True)[:limit])

    @override
    async def list_all(
        self, *, limit: int, state: ConversionState | None = None, after: ListPosition | None = None
    ) -> Sequence[Conversion]:
        found = [
            conversion
            for conversion in self._conversions.values()
            if (state is None or conversion.state is state) and _is_behind(after, conversion)
        ]
        return _in_list(sorted(found, key=_position, reverse=True)[:limit])

    @override
    async def count_in_state(self, state: ConversionState, *, most: int) -> StateCount:
        updates = [found.updated_at for found in self._conversions.values() if found.state is state]
        return StateCount(min(len(updates), most), min(updates, default=None))

    @override
    async def count_active(self, owner_id: UserId, *, before: ListPosition | None = None) -> int:
        return sum(
            conversion.state.is_active and _is_behind(before, conversion)
            for conversion in self._owned(owner_id)
        )

    @override
    async def total_stored(self, owner_id: UserId, *, before: ListPosition | None = None) -> StoredMediaTotal:
        counted = [
            conversion
            for conversion in self._owned(owner_id)
            if conversion.source_bytes + conversion.audio_bytes and _is_behind(before, conversion)
        ]
        size = sum(conversion.source_bytes + conversion.audio_bytes for conversion in counted)
        ends = [conversion.expires_at for conversion in counted if conversion.expires_at is not None]
        return StoredMediaTotal(size, min(ends, default=None))

    @override
    async def list_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        due = [
            (conversion.expires_at, conversion.id, conversion)
            for conversion in self._conversions.values()
            if conversion.expires_at is not None and conversion.expires_at <= now
        ]
        return _in_list(conversion for *_, conversion in sorted(due, key=lambda item: item[:2])[:limit])

    @override
    async def list_source_due(self, now: datetime, *, limit: int) -> Sequence[Conversion]:
        due = [
            (conversion.source_kept_until, conversion.id, conversion)
            for conversion in self._conversions.values()
            if conversion.source_kept_until is not None
            and conversion.source_kept_until <= now
            and conversion.unconfirmed_since is None
        ]
        return _in_list(conversion for *_, conversion in sorted(due, key=lambda item: item[:2])[:limit])

    @override
    async def find_source_holder(
        self, source_id: ConversionId, *, state: ConversionState | None = None
    ) -> Conversion | None:
        holders = (
            conversion.in_list()
            for conversion in self._conversions.values()
            if conversion.source_id == source_id and conversion.holds_source
        )
        return next((holder for holder in holders if state is None or holder.state is state), None)

    @override
    async def list_stalled(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        waiting = {ConversionState.QUEUED, ConversionState.CONVERTING}
        stalled = [
            conversion
            for conversion in self._conversions.values()
            if conversion.state in waiting and conversion.updated_at < before
        ]
        return _in_list(sorted(stalled, key=lambda found: (found.updated_at, found.id))[:limit])

    @override
    async def list_unconfirmed(self, before: datetime, *, limit: int) -> Sequence[Conversion]:
        due = [
            (conversion.unconfirmed_since, conversion.id, conversion)
            for conversion in self._conversions.values()
            if conversion.unconfirmed_since is not None and conversion.unconfirmed_since < before
        ]
        return _in_list(conversion for *_, conversion in sorted(due, key=lambda item: item[:2])[:limit])

    @override
    async def note_announcement(self, conversion: Conversion, since: datetime | None) -> None:
        stored = self._conversions.get(conversion.id)
        if (
            stored is not None
            and stored.revision == conversion.revision
            and stored.unconfirmed_since is not None
        ):
            self._conversions[conversion.id] = replace(stored, unconfirmed_since=since)

    @override
    async def ended_since(self, time: datetime) -> AsyncIterator[Conversion]:
        ended = {ConversionState.COMPLETED, ConversionState.FAILED}
        for conversion in list(self._conversions.values()):
            if conversion.state in ended and conversion.updated_at >= time:
                yield conversion

    @override
    async def owners(self) -> Sequence[UserId]:
        return list({conversion.owner.user_id for conversion in self._conversions.values()})

    def _owned(self, owner_id: UserId) -> Iterable[Conversion]:
        return (found for found in self._conversions.values() if found.owner.user_id == owner_id)

    def _key_is_taken(self, conversion: Conversion) -> bool:
        key = conversion.idempotency_key
        return key is not None and any(
            found.idempotency_key == key for found in self._owned(conversion.owner.user_id)
        )

    def _require_revision(self, conversion_id: ConversionId, revision: int) -> None:
        stored = self._conversions.get(conversion_id)
        if stored is None:
            raise ConversionNotFoundError(conversion_id)
        if stored.revision != revision:
            raise StaleConversionError(conversion_id)


def _position(conversion: Conversion) -> tuple[datetime, ConversionId]:
    return conversion.created_at, conversion.id


def _is_behind(position: ListPosition | None, conversion: Conversion) -> bool:
    return position is None or _position(conversion) < (position.created_at, position.conversion_id)


def _in_list(conversions: Iterable[Conversion]) -> list[Conversion]:
    return [conversion.in_list() for conversion in conversions]
