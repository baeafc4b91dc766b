import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from tests.contracts.examples import DAY, NOW
from tests.unit.builders import ADA_CALLS, BOB_CALLS, IN_STATE, LEASE, completed, converting, queued
from tests.unit.faults import Gate, down, in_no_time, raising
from tests.unit.workshop import Workshop
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.watch_conversions import WatchConversions
from tracklift_domain.extraction.progress import Progress

State = ConversionState
PAUSE = timedelta(milliseconds=2)
"""Instead of 15 seconds without an update."""


@pytest.fixture
def watch(workshop: Workshop) -> WatchConversions:
    return WatchConversions(conversions=workshop.conversions, feed=workshop.feed)


async def rest(changes: AsyncIterator[ConversionUpdate]) -> list[tuple[str, float | None]]:
    """Read updates to their end."""
    return [
        (
            "deleted" if update.is_deleted else update.state.value,
            update.progress.fraction if update.progress else None,
        )
        async for update in changes
    ]


class TestOne:
    async def test_it_is_shown_as_it_is_and_then_up_to_its_end(
        self, workshop: Workshop, watch: WatchConversions
    ) -> None:
        conversion = await workshop.keep(queued())
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            await workshop.run()(ConversionRequested.of(conversion))
            assert await rest(changes) == [("queued", None), ("converting", None), ("completed", None)]

    async def test_progress_that_came_before_is_shown_at_once(
        self, workshop: Workshop, watch: WatchConversions
    ) -> None:
        conversion = await workshop.keep(converting())
        await workshop.feed.publish(ConversionUpdate.of(conversion, Progress(0.25, 30)))
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            first = await anext(changes)
        assert first.progress == Progress(0.25, 30)

    @pytest.mark.parametrize("state", [state for state in State if not state.is_active])
    async def test_one_that_has_ended_is_shown_once(
        self, workshop: Workshop, watch: WatchConversions, state: State
    ) -> None:
        conversion = await workshop.keep(IN_STATE[state]())
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            assert await rest(changes) == [(state.value, None)]

    async def test_nothing_of_other_conversions_is_shown(
        self, workshop: Workshop, watch: WatchConversions
    ) -> None:
        conversion, other = await workshop.keep(queued(1)), await workshop.keep(queued(2))
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            await workshop.cancel()(ADA_CALLS, other.id)
            await workshop.cancel()(ADA_CALLS, conversion.id)
            assert await rest(changes) == [("queued", None), ("cancelled", None)]

    async def test_a_change_between_looking_and_watching_is_not_missed(
        self, workshop: Workshop, watch: WatchConversions
    ) -> None:
        conversion = await workshop.keep(queued())

        async def cancel() -> None:
            await workshop.cancel()(ADA_CALLS, conversion.id)

        workshop.faults.after("get", cancel)
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            assert await rest(changes) == [("queued", None), ("cancelled", None)]

    async def test_what_the_feed_has_lost_is_seen_in_the_record(self, workshop: Workshop) -> None:
        """A broker that is down, say, while the conversion goes on. An outage of the records is waited out."""
        watch = WatchConversions(conversions=workshop.conversions, feed=workshop.feed, look_every=PAUSE)
        conversion = await workshop.keep(queued())
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            assert (await anext(changes)).state is State.QUEUED
            workshop.faults.before("get", raising(down()))
            claimed = conversion.claim(NOW, holder="worker", lease_for=LEASE)
            await workshop.stored.replace(claimed)
            assert (await anext(changes)).state is State.CONVERTING
            await workshop.stored.replace(claimed.cancel(NOW, keep_for=DAY))
            assert await rest(changes) == [("cancelled", None)]

    @pytest.mark.parametrize("state", [state for state in State if state.is_active])
    async def test_its_deletion_ends_the_watching(
        self, workshop: Workshop, watch: WatchConversions, state: State
    ) -> None:
        conversion = await workshop.keep(IN_STATE[state]())
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            await workshop.delete()(ADA_CALLS, conversion.id)
            assert await rest(changes) == [(state.value, None), ("deleted", None)]

    async def test_a_deletion_that_the_feed_has_lost_is_seen_by_the_record(self, workshop: Workshop) -> None:
        watch = WatchConversions(conversions=workshop.conversions, feed=workshop.feed, look_every=PAUSE)
        conversion = await workshop.keep(queued())
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            await workshop.stored.remove(conversion)
            assert await rest(changes) == [("queued", None), ("deleted", None)]

    async def test_nothing_is_told_twice_while_nothing_happens(self, workshop: Workshop) -> None:
        watch = WatchConversions(conversions=workshop.conversions, feed=workshop.feed, look_every=PAUSE)
        conversion = await workshop.keep(queued())
        looked = Gate()
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            workshop.faults.after("get", in_no_time, in_no_time, looked)
            following = asyncio.create_task(rest(changes))
            await looked.reached.wait()
            await workshop.cancel()(ADA_CALLS, conversion.id)
            looked.open()
            assert await following == [("queued", None), ("cancelled", None)]

    async def test_watching_can_be_given_up_at_any_time(
        self, workshop: Workshop, watch: WatchConversions
    ) -> None:
        conversion = await workshop.keep(queued())
        async with watch.one(ADA_CALLS, conversion.id) as changes:
            await anext(changes)
        assert await rest(changes) == []

    async def test_a_feed_that_ends_ends_the_watching(
        self, workshop: Workshop, watch: WatchConversions
    ) -> None:
        async def nothing() -> AsyncIterator[ConversionUpdate]:
            return
            yield

        known = ConversionUpdate.of(queued())
        assert await rest(watch._until_ended(ADA_CALLS, known, nothing())) == [("queued", None)]

    @pytest.mark.parametrize("conversion", [completed(), None])
    async def test_somebody_elses_is_not_found_like_one_that_does_not_exist(
        self, workshop: Workshop, watch: WatchConversions, conversion: Conversion | None
    ) -> None:
        if conversion:
            await workshop.keep(conversion)
        with pytest.raises(ConversionNotFoundError):
            async with watch.one(BOB_CALLS, completed().id):
                pass


class TestAll:
    async def test_changes_of_all_conversions_are_shown_without_end(
        self, workshop: Workshop, watch: WatchConversions
    ) -> None:
        first, second = await workshop.keep(queued(1)), await workshop.keep(queued(2))
        async with watch.all(ADA_CALLS) as changes:
            await workshop.cancel()(ADA_CALLS, second.id)
            await workshop.cancel()(ADA_CALLS, first.id)
            assert [(await anext(changes)).conversion_id for _ in range(2)] == [second.id, first.id]

    async def test_deletions_are_told(self, workshop: Workshop, watch: WatchConversions) -> None:
        """Also of one that has ended, which other pages of the user show."""
        done = await workshop.keep(completed())
        async with watch.all(ADA_CALLS) as changes:
            await workshop.delete()(ADA_CALLS, done.id)
            assert await anext(changes) == ConversionUpdate.of_deleted(done)

    async def test_nobody_elses_conversions_are_shown(
        self, workshop: Workshop, watch: WatchConversions
    ) -> None:
        async with watch.all(BOB_CALLS) as theirs, watch.all(ADA_CALLS) as changes:
            await workshop.cancel()(ADA_CALLS, (await workshop.keep(queued())).id)
            await workshop.feed.publish(
                ConversionUpdate(conversion_id=queued(9).id, owner_id=BOB_CALLS.user_id, state=State.QUEUED)
            )
            assert (await anext(theirs)).conversion_id == queued(9).id
            assert (await anext(changes)).state is State.CANCELLED
