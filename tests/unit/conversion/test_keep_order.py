"""Expiring, sweeping and requesting again: what keeps the storage in order."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from tests.contracts.examples import NOW, SECOND
from tests.unit.builders import (
    ADA_CALLS,
    FINAL,
    IN_STATE,
    PASSING,
    cancelled,
    completed,
    converting,
    expired,
    failed,
    queued,
    uploading,
)
from tests.unit.faults import UnreliableMedia, down, raising
from tests.unit.workshop import ATTEMPTS, MP3, RETENTION, VIDEO, Workshop, in_chunks
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.removal.sweep_media import SweepMedia
from tracklift_domain.conversion.source_video import ResumableUpload
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_domain.messaging.delivery import Done, Subscription
from tracklift_domain.messaging.queues import REQUEST_QUEUE

State = ConversionState
REQUESTS = Subscription(queue=REQUEST_QUEUE, event_types=(ConversionRequested,))
LONG = timedelta(days=100)


class TestExpiring:
    async def test_an_mp3_whose_time_is_over_goes_and_its_record_stays_for_a_while(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(completed())
        workshop.clock.set(due(conversion))
        assert await workshop.expire()() == 1
        over = await workshop.the_conversion()
        assert over.state is State.EXPIRED
        assert over.expires_at == workshop.clock.now() + RETENTION.record
        assert await workshop.media_ids() == set()
        assert [update.state for update in workshop.feed.published] == [State.EXPIRED]

    @pytest.mark.parametrize(
        "conversion", [uploading(), failed(), failed(failure=FINAL), cancelled(), expired()]
    )
    async def test_a_record_whose_time_is_over_goes_with_its_files(
        self, workshop: Workshop, conversion: Conversion
    ) -> None:
        await workshop.keep(conversion)
        workshop.clock.set(due(conversion))
        assert await workshop.expire()() == 1
        assert list(await workshop.owned()) == []
        assert await workshop.media_ids() == set()
        assert workshop.feed.published == [ConversionUpdate.of_deleted(conversion)]

    @pytest.mark.parametrize("state", State)
    async def test_nothing_ends_before_its_time(self, workshop: Workshop, state: State) -> None:
        conversion = await workshop.keep(IN_STATE[state]())
        if conversion.expires_at is not None:
            workshop.clock.set(conversion.expires_at - timedelta(microseconds=1))
        else:
            workshop.clock.advance(LONG)
        assert await workshop.expire()() == 0
        assert await workshop.the_conversion() == conversion

    async def test_everything_that_is_due_ends_however_much_it_is(self, workshop: Workshop) -> None:
        for number in range(250):
            await workshop.stored.add(IN_STATE[State.COMPLETED](number))
        workshop.clock.advance(LONG)
        assert await workshop.expire()() == 250
        assert {conversion.state for conversion in await workshop.owned()} == {State.EXPIRED}
        workshop.clock.advance(LONG)
        assert await workshop.expire()() == 250
        assert list(await workshop.owned()) == []

    async def test_a_failed_conversion_that_is_retried_at_the_same_time_stays(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(failed())
        workshop.clock.set(due(conversion))

        async def retry() -> None:
            await workshop.retry()(ADA_CALLS, conversion.id)

        workshop.faults.before("remove", retry)
        assert await workshop.expire()() == 0
        assert (await workshop.the_conversion()).state is State.QUEUED
        assert await workshop.media_ids() == {conversion.source_media_id}

    async def test_two_that_expire_the_same_at_once_both_come_to_an_end(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(cancelled())
        workshop.clock.set(due(conversion))

        async def expire() -> None:
            assert await workshop.expire()() == 1

        workshop.faults.before("remove", expire)
        assert await workshop.expire()() == 0
        assert list(await workshop.owned()) == []

    @pytest.mark.parametrize("error", [StaleConversionError, ConversionNotFoundError])
    async def test_a_storage_that_shows_what_has_changed_is_not_asked_forever(
        self, workshop: Workshop, error: type[StaleConversionError | ConversionNotFoundError]
    ) -> None:
        conversion = await workshop.keep(completed())
        workshop.clock.set(due(conversion))
        workshop.faults.before("replace", *[raising(error(conversion.id))] * 1_000)
        assert await workshop.expire()() == 0

    async def test_a_clock_that_is_set_back_ends_nothing_before_its_time(self, workshop: Workshop) -> None:
        await workshop.keep(completed())
        workshop.clock.set(NOW - LONG)
        assert await workshop.expire()() == 0

    async def test_a_storage_that_is_down_leaves_the_rest_for_the_next_time(self, workshop: Workshop) -> None:
        await workshop.keep(cancelled(1))
        await workshop.keep(cancelled(2))
        workshop.clock.advance(LONG)

        async def fine() -> None:
            """Let the first one through."""

        workshop.faults.before("remove", fine, raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await workshop.expire()()
        assert await workshop.expire()() == 1
        assert list(await workshop.owned()) == []

    async def test_a_media_store_that_is_down_does_not_hold_up_the_records(self, workshop: Workshop) -> None:
        await workshop.keep(completed())
        workshop.clock.advance(LONG)
        workshop.faults.before("delete", raising(down()))
        assert await workshop.expire()() == 1
        assert (await workshop.the_conversion()).state is State.EXPIRED
        workshop.clock.advance(RETENTION.orphan * 2)
        assert await workshop.sweep()() == 1
        assert await workshop.media_ids() == set()


class TestSweeping:
    @pytest.mark.parametrize("state", State)
    async def test_only_files_that_their_conversion_needs_stay(
        self, workshop: Workshop, state: State
    ) -> None:
        conversion = await workshop.keep(IN_STATE[state]())
        for media_id in map(conversion.audio_media_id, range(1, 4)):
            await workshop.files.write(media_id, in_chunks(*MP3))
        await workshop.files.write(conversion.source_media_id, in_chunks(VIDEO))
        everything = await workshop.media_ids()
        workshop.clock.advance(RETENTION.orphan + SECOND)
        needed = {media_id for media_id in everything if conversion.needs(media_id)}
        assert await workshop.sweep()() == len(everything - needed)
        assert await workshop.media_ids() == needed

    async def test_files_of_conversions_that_do_not_exist_go(self, workshop: Workshop) -> None:
        for name in ("nobodys.source", "nobodys.audio.1", "something-else"):
            await workshop.files.write(MediaId(name), in_chunks(VIDEO))
        workshop.clock.advance(RETENTION.orphan + SECOND)
        assert await workshop.sweep()() == 3
        assert await workshop.media_ids() == set()

    async def test_young_files_are_let_alone(self, workshop: Workshop) -> None:
        """The conversion of a file may be about to be recorded."""
        await workshop.files.write(MediaId("nobodys.source"), in_chunks(VIDEO))
        workshop.clock.advance(RETENTION.orphan)
        assert await workshop.sweep()() == 0
        assert await workshop.media_ids() == {"nobodys.source"}

    async def test_what_broken_off_writes_left_is_counted_too(self, workshop: Workshop) -> None:
        asked = []

        class FourHalves(UnreliableMedia):
            @override
            async def sweep_unfinished(self, before: datetime) -> int:
                asked.append(before)
                return 4

        sweep = SweepMedia(
            conversions=workshop.conversions,
            media=FourHalves(workshop.files, workshop.faults),
            growing=workshop.growing,
            clock=workshop.clock,
            retention=RETENTION,
        )
        assert await sweep() == 4
        assert asked == [NOW - RETENTION.orphan]

    @pytest.mark.parametrize("call", ["sweep_unfinished", "list_stored_before", "get", "delete"])
    async def test_a_storage_that_is_down_takes_nothing_away(self, workshop: Workshop, call: str) -> None:
        await workshop.files.write(MediaId("nobodys.source"), in_chunks(VIDEO))
        workshop.clock.advance(RETENTION.orphan + SECOND)
        workshop.faults.before(call, raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await workshop.sweep()()
        assert await workshop.media_ids() == {"nobodys.source"}
        assert await workshop.sweep()() == 1

    async def test_what_grew_for_an_upload_that_is_gone_is_swept(self, workshop: Workshop) -> None:
        """And not what still grows, nor what has begun just now."""
        await workshop.stored.add(uploading(1, upload=ResumableUpload(length=100)))
        await workshop.stored.add(queued(2))
        kept = uploading(1).source_media_id
        for media_id in (kept, queued(2).source_media_id, MediaId("nobodys.source")):
            await workshop.growth.append(media_id, in_chunks(VIDEO), start=0, fence=1)
        assert await workshop.sweep()() == 0

        workshop.clock.advance(RETENTION.orphan + SECOND)
        assert await workshop.sweep()() == 2
        assert set(workshop.files.growing) == {kept}

    async def test_a_sweep_that_is_broken_off_closes_its_list(self, workshop: Workshop) -> None:
        listings: list[AsyncIterator[StoredMedia]] = []

        class Watched(UnreliableMedia):
            @override
            def list_stored_before(self, time: datetime) -> AsyncIterator[StoredMedia]:
                listings.append(super().list_stored_before(time))
                return listings[-1]

        for name in ("one.source", "two.source"):
            await workshop.files.write(MediaId(name), in_chunks(VIDEO))
        workshop.clock.advance(RETENTION.orphan + SECOND)
        sweep = SweepMedia(
            conversions=workshop.conversions,
            media=Watched(workshop.files, workshop.faults),
            growing=workshop.growing,
            clock=workshop.clock,
            retention=RETENTION,
        )
        workshop.faults.before("get", raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await sweep()
        assert await anext(listings[0], None) is None


class TestRequestingAgain:
    @pytest.mark.parametrize("make", [queued, converting])
    async def test_what_stands_still_is_announced_again(
        self, workshop: Workshop, make: Callable[[], Conversion]
    ) -> None:
        conversion = await workshop.keep(make())
        workshop.clock.advance(RETENTION.stalled + SECOND)
        assert await workshop.request_stalled()() == 1
        again = await workshop.the_conversion()
        assert again.state is conversion.state
        assert await workshop.events() == [ConversionRequested.of(again)]
        assert await workshop.run()(ConversionRequested.of(again)) == Done()
        assert (await workshop.the_conversion()).state is State.COMPLETED

    async def test_it_is_announced_once_in_a_while_and_not_with_every_look(self, workshop: Workshop) -> None:
        await workshop.keep(queued())
        workshop.clock.advance(RETENTION.stalled + SECOND)
        assert await workshop.request_stalled()() == 1
        assert await workshop.request_stalled()() == 0
        workshop.clock.advance(RETENTION.stalled + SECOND)
        assert await workshop.request_stalled()() == 1
        first, second = await workshop.events()
        assert first.id != second.id

    async def test_what_moves_is_let_alone(self, workshop: Workshop) -> None:
        await workshop.keep(queued())
        workshop.clock.advance(RETENTION.stalled)
        assert await workshop.request_stalled()() == 0

    @pytest.mark.parametrize("state", sorted(set(State) - {State.QUEUED, State.CONVERTING}))
    async def test_what_waits_for_no_worker_is_never_announced(
        self, workshop: Workshop, state: State
    ) -> None:
        await workshop.keep(IN_STATE[state]())
        workshop.clock.advance(LONG)
        assert await workshop.request_stalled()() == 0
        assert await workshop.events() == []

    async def test_a_queue_of_hours_is_not_flooded(self, workshop: Workshop) -> None:
        """Behind a hundred requests, one that got lost would have to wait all the same."""
        await workshop.broker.inner.declare([REQUESTS])
        for number in range(100):
            await workshop.stored.add(queued(number))
            await workshop.broker.publish(ConversionRequested.of(queued(number)))
        workshop.clock.advance(RETENTION.stalled + SECOND)
        assert await workshop.request_stalled()() == 0

    async def test_requests_are_added_to_a_queue_up_to_a_hundred_longest_waiting_first(
        self, workshop: Workshop
    ) -> None:
        await workshop.broker.inner.declare([REQUESTS])
        for number in range(98):
            await workshop.broker.publish(ConversionRequested.of(queued(number)))
        for number in range(5):
            await workshop.stored.add(replace(queued(number), updated_at=NOW - number * SECOND))
        workshop.clock.advance(RETENTION.stalled + SECOND)
        assert await workshop.request_stalled()() == 2
        assert [event.subject for event in await workshop.events()] == [queued(4).id, queued(3).id]

    async def test_what_stands_still_for_an_hour_is_announced_once_an_hour_however_full_the_queue_is(
        self, workshop: Workshop
    ) -> None:
        """Else a queue that never empties would hide it for ever."""
        await workshop.broker.inner.declare([REQUESTS])
        for number in range(100):
            await workshop.broker.publish(ConversionRequested.of(queued(number)))
        await workshop.keep(queued())
        for _ in range(3 * 60):
            workshop.clock.advance(timedelta(minutes=1))
            await workshop.request_stalled()()
        assert len(await workshop.events()) == 2

    async def test_nothing_is_announced_while_the_broker_is_down(self, workshop: Workshop) -> None:
        """Its outbox would fill up."""
        await workshop.keep(queued())
        workshop.clock.advance(RETENTION.stalled + SECOND)
        workshop.faults.before("waiting", raising(down()))
        assert await workshop.request_stalled()() == 0
        assert await workshop.request_stalled()() == 1

    async def test_a_conversion_that_waits_for_its_next_attempt_does_not_stand_still(
        self, workshop: Workshop
    ) -> None:
        """It would be tried too soon, and have fewer attempts left when the reason has passed."""
        held = converting(attempt=1, attempt_limit=3)
        waiting = held.fail(NOW, attempt=held.attempt, failure=PASSING, keep_for=LONG)
        delay = ATTEMPTS.delay_after(2)
        await workshop.keep(waiting)
        workshop.clock.advance(RETENTION.stalled + delay)
        assert await workshop.request_stalled()() == 0
        workshop.clock.advance(SECOND)
        assert await workshop.request_stalled()() == 1

    async def test_a_conversion_that_moves_or_goes_at_the_same_time_does_not_disturb(
        self, workshop: Workshop
    ) -> None:
        conversions = [await workshop.keep(queued(number)) for number in range(1, 4)]
        workshop.clock.advance(RETENTION.stalled + SECOND)

        async def cancel() -> None:
            await workshop.stored.replace(conversions[0].cancel(NOW, keep_for=LONG))
            await workshop.stored.remove(conversions[1])

        workshop.faults.before("replace", cancel)
        assert await workshop.request_stalled()() == 1
        assert [event.subject for event in await workshop.events()] == [conversions[2].id]


def due(conversion: Conversion) -> datetime:
    """Give when the next step of cleaning up is due."""
    assert conversion.expires_at is not None
    return conversion.expires_at
