"""What every outbox must do, filled through a repository that it belongs to."""

import asyncio
from abc import abstractmethod
from datetime import timedelta

import pytest

from tests.contracts.examples import a_conversion, conversion_id, next_revision, numbered_events
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.ports import Outbox

ALL = 1000
AT_ONCE = timedelta(milliseconds=20)
FAR_OFF = timedelta(hours=1)
PATIENCE = 30
"""Seconds after which a test takes a wait for endless. Far below `FAR_OFF`, far above what a wake-up takes."""


class OutboxContract:
    """Inherit and override the fixtures; both must share their storage."""

    @pytest.fixture
    @abstractmethod
    def conversions(self) -> ConversionRepository:
        """Give an empty repository."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def outbox(self) -> Outbox:
        """Give the repository's outbox."""
        raise NotImplementedError

    async def test_a_new_outbox_is_empty(self, outbox: Outbox) -> None:
        assert list(await outbox.pending(limit=ALL)) == []

    async def test_events_are_read_as_stored_and_oldest_first(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        events = numbered_events(12)
        for number, event in enumerate(events):
            await conversions.add(a_conversion(number), [event])

        assert list(await outbox.pending(limit=ALL)) == events

    async def test_reading_takes_nothing_out(self, conversions: ConversionRepository, outbox: Outbox) -> None:
        await conversions.add(a_conversion(), numbered_events(2))

        first = list(await outbox.pending(limit=ALL))

        assert list(await outbox.pending(limit=ALL)) == first == numbered_events(2)

    @pytest.mark.parametrize("limit", [0, 1, 4, 5, 6])
    async def test_no_more_than_the_limit_is_given(
        self, conversions: ConversionRepository, outbox: Outbox, limit: int
    ) -> None:
        await conversions.add(a_conversion(), numbered_events(5))

        assert list(await outbox.pending(limit=limit)) == numbered_events(5)[:limit]

    async def test_published_events_are_out_and_the_others_stay_in_order(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        events = numbered_events(5)
        await conversions.add(a_conversion(), events)

        await outbox.mark_published([events[3].id, events[0].id])

        assert list(await outbox.pending(limit=ALL)) == [events[1], events[2], events[4]]

    async def test_marking_again_or_marking_the_unknown_changes_nothing(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        events = numbered_events(2)
        await conversions.add(a_conversion(), events)

        for _ in range(2):
            await outbox.mark_published([events[0].id, EventId("unknown"), EventId("EVENT.2")])
        await outbox.mark_published([])

        assert list(await outbox.pending(limit=ALL)) == [events[1]]

    async def test_many_events_can_be_marked_at_once(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        events = numbered_events(500)
        await conversions.add(a_conversion(), events)

        await outbox.mark_published([event.id for event in events[:-1]])

        assert list(await outbox.pending(limit=ALL)) == [events[-1]]

    async def test_an_emptied_outbox_fills_again(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        await conversions.add(a_conversion(1), numbered_events(1))
        await outbox.mark_published([numbered_events(1)[0].id])

        await conversions.add(a_conversion(2), numbered_events(1, first=2))

        assert list(await outbox.pending(limit=ALL)) == numbered_events(1, first=2)

    async def test_waiting_ends_when_its_time_is_over(self, outbox: Outbox) -> None:
        async with asyncio.timeout(PATIENCE):
            await outbox.wait(AT_ONCE)
            await outbox.wait(timedelta(0))

    async def test_waiting_ends_when_a_new_record_brings_an_event(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        waiting = asyncio.ensure_future(outbox.wait(FAR_OFF))
        await asyncio.wait({waiting}, timeout=AT_ONCE.total_seconds())
        assert not waiting.done()

        await conversions.add(a_conversion(), numbered_events(1))

        async with asyncio.timeout(PATIENCE):
            await waiting

    async def test_waiting_ends_when_a_changed_record_brings_an_event(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        await conversions.add(a_conversion())
        waiting = asyncio.ensure_future(outbox.wait(FAR_OFF))
        await asyncio.wait({waiting}, timeout=AT_ONCE.total_seconds())
        assert not waiting.done()

        await conversions.replace(next_revision(a_conversion()), numbered_events(1))

        async with asyncio.timeout(PATIENCE):
            await waiting

    async def test_waiting_does_not_miss_what_was_stored_before(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        await conversions.add(a_conversion(), numbered_events(1))

        async with asyncio.timeout(PATIENCE):
            await outbox.wait(FAR_OFF)

        assert list(await outbox.pending(limit=ALL)) == numbered_events(1)

    async def test_each_event_ends_one_wait_only(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        await conversions.add(a_conversion(), numbered_events(1))
        async with asyncio.timeout(PATIENCE):
            await outbox.wait(FAR_OFF)

        waiting = asyncio.ensure_future(outbox.wait(FAR_OFF))
        await asyncio.wait({waiting}, timeout=AT_ONCE.total_seconds())

        assert not waiting.done()
        waiting.cancel()

    async def test_a_write_without_events_ends_no_wait(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        await conversions.add(a_conversion())

        waiting = asyncio.ensure_future(outbox.wait(FAR_OFF))
        await asyncio.wait({waiting}, timeout=AT_ONCE.total_seconds())

        assert not waiting.done()
        waiting.cancel()

    async def test_a_wait_that_is_given_up_forgets_no_event(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        waiting = asyncio.ensure_future(outbox.wait(FAR_OFF))
        await asyncio.wait({waiting}, timeout=AT_ONCE.total_seconds())
        await conversions.add(a_conversion(), numbered_events(1))
        waiting.cancel()
        await asyncio.wait({waiting})

        if waiting.cancelled():
            async with asyncio.timeout(PATIENCE):
                await outbox.wait(FAR_OFF)
        assert list(await outbox.pending(limit=ALL)) == numbered_events(1)

    @pytest.mark.measured_elsewhere
    async def test_readers_and_writers_at_once_lose_nothing(
        self, conversions: ConversionRepository, outbox: Outbox
    ) -> None:
        """One task stores many events while another takes them out as they come."""
        events = numbered_events(40)
        taken: list[EventId] = []

        async def store() -> None:
            for number, event in enumerate(events):
                await conversions.add(a_conversion(number), [event])

        async def take() -> None:
            while len(taken) < len(events):
                await outbox.wait(AT_ONCE)
                found = [event.id for event in await outbox.pending(limit=10)]
                await outbox.mark_published(found)
                taken.extend(found)

        async with asyncio.timeout(PATIENCE):
            await asyncio.gather(store(), take())

        assert taken == [event.id for event in events]
        assert list(await outbox.pending(limit=ALL)) == []
        assert (await conversions.get(conversion_id(39))).id == conversion_id(39)
