"""Videos that are kept are reduced to their sound, and no worker loses the one that it reads."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import DAY, NOW
from tests.unit.builders import ADA_CALLS, queued
from tests.unit.faults import Gate, down, raising
from tests.unit.workshop import ATTEMPTS, VIDEO, Workshop, in_chunks
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.running.run_conversion import RunConversion
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError, OutOfSpaceError
from tracklift_domain.messaging.delivery import Done
from tracklift_domain.upload.convert_again import AnotherConversion

FIRST = queued(900)
SECOND = queued(901, uploaded_as=FIRST.id)
WHOLE, REDUCED = FIRST.source_media_ids
AUDIO = FIRST.audio_media_id(1)
KEEPING = RetentionPolicy(source=DAY)


# A worker that watches its lease makes calls as time passes, and the calls of a race have to be the same each time.
UNWATCHED = replace(ATTEMPTS, watch_every=timedelta(days=1))


def a_worker(workshop: Workshop, name: str = "worker") -> RunConversion:
    return workshop.run(name, attempts=UNWATCHED, retention=KEEPING)


async def run(workshop: Workshop, conversion: Conversion = FIRST, name: str = "worker") -> None:
    assert await a_worker(workshop, name)(ConversionRequested.of(conversion)) == Done()


async def state_of(workshop: Workshop, conversion: Conversion) -> ConversionState:
    return (await workshop.stored.get(conversion.id)).state


async def content_of(workshop: Workshop) -> bytes:
    return b"".join([chunk async for chunk in workshop.files.read(REDUCED)])


async def test_the_sound_takes_the_place_of_a_video_that_is_kept(workshop: Workshop) -> None:
    await workshop.keep(FIRST)
    await run(workshop)
    assert await workshop.media_ids() == {REDUCED, AUDIO}
    assert await content_of(workshop) == VIDEO[:5] + b" sound"
    stored = await workshop.stored.get(FIRST.id)
    assert (stored.source.size, stored.source.sha256) == (FIRST.source.size, FIRST.source.sha256)
    assert stored.source_kept_until == NOW + DAY


async def test_what_is_not_kept_is_not_reduced(workshop: Workshop) -> None:
    await workshop.keep(FIRST)
    await workshop.run()(ConversionRequested.of(FIRST))
    assert await workshop.media_ids() == {AUDIO}


async def test_a_video_that_cannot_be_reduced_stays_whole(workshop: Workshop) -> None:
    workshop.reducer.reduces = False
    await workshop.keep(FIRST)
    await run(workshop)
    assert await workshop.media_ids() == {WHOLE, AUDIO}


async def test_what_a_client_sent_as_sound_stays_as_it_is(workshop: Workshop) -> None:
    sound = replace(FIRST, source=replace(FIRST.source, is_sound_extract=True))
    await workshop.keep(sound)
    await run(workshop)
    assert await workshop.media_ids() == {WHOLE, AUDIO}


@pytest.mark.parametrize(
    "error", [OutOfSpaceError("the store"), MediaLostError(WHOLE, "damaged"), MediaNotFoundError(WHOLE)]
)
async def test_what_stands_in_the_way_of_reducing_is_no_failure(workshop: Workshop, error: Exception) -> None:
    workshop.reducer.acts.append(raising(error))
    await workshop.keep(FIRST)
    await run(workshop)
    assert await state_of(workshop, FIRST) is ConversionState.COMPLETED
    assert await workshop.media_ids() == {WHOLE, AUDIO}


async def test_after_an_outage_the_redelivered_request_reduces_the_video(workshop: Workshop) -> None:
    workshop.reducer.acts.append(raising(down()))
    await workshop.keep(FIRST)
    with pytest.raises(ServiceUnavailableError):
        await run(workshop)
    assert await workshop.media_ids() == {WHOLE, AUDIO}

    await run(workshop)

    assert await workshop.media_ids() == {REDUCED, AUDIO}
    assert len(await workshop.events()) == 1


async def test_a_worker_that_stops_in_the_middle_leaves_it_to_the_redelivered_request(
    workshop: Workshop,
) -> None:
    gate = Gate()
    workshop.reducer.acts.append(gate)
    await workshop.keep(FIRST)
    working = asyncio.ensure_future(run(workshop))
    await gate.reached.wait()
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    assert await workshop.media_ids() == {WHOLE, AUDIO}

    await run(workshop)

    assert await workshop.media_ids() == {REDUCED, AUDIO}


async def test_a_video_is_reduced_once(workshop: Workshop) -> None:
    await workshop.keep(FIRST)
    await run(workshop)
    workshop.reducer.acts.append(raising(AssertionError("once is enough")))
    await run(workshop)
    assert await workshop.media_ids() == {REDUCED, AUDIO}


async def test_another_conversion_is_made_of_what_is_left(workshop: Workshop) -> None:
    await workshop.keep(FIRST)
    await run(workshop)
    second = await workshop.again()(ADA_CALLS, FIRST.id, AnotherConversion(options=AudioOptions(end=1.0)))
    await run(workshop, second)
    assert await state_of(workshop, second) is ConversionState.COMPLETED
    assert await workshop.media_ids() == {REDUCED, AUDIO, second.audio_media_id(1)}


async def test_both_forms_go_with_the_last_conversion(workshop: Workshop) -> None:
    await workshop.keep(FIRST)
    await run(workshop)
    await workshop.files.write(WHOLE, in_chunks(VIDEO))
    await workshop.delete()(ADA_CALLS, FIRST.id)
    assert await workshop.media_ids() == set()


async def test_a_conversion_that_is_deleted_while_its_video_is_reduced_leaves_nothing(
    workshop: Workshop,
) -> None:
    async def delete() -> None:
        await workshop.delete()(ADA_CALLS, FIRST.id)

    await workshop.keep(FIRST)
    workshop.reducer.acts.append(delete)
    await run(workshop)
    assert await workshop.media_ids() == set()


async def test_one_that_is_gone_when_its_turn_comes_is_left_alone(workshop: Workshop) -> None:
    async def delete() -> None:
        await workshop.delete()(ADA_CALLS, FIRST.id)

    await workshop.keep(FIRST)
    workshop.faults.after("replace", nothing, delete)
    await run(workshop)
    assert await workshop.media_ids() == set()


async def nothing() -> None:
    """Let the claim be."""


async def test_the_whole_video_stays_while_another_worker_reads_it(workshop: Workshop) -> None:
    gate = Gate()
    await workshop.keep(FIRST)
    await workshop.stored.add(SECOND)
    workshop.extractor.acts.append(gate)
    reading = asyncio.ensure_future(run(workshop, SECOND, "the other"))
    await gate.reached.wait()

    await run(workshop)
    assert await workshop.media_ids() == {WHOLE, REDUCED, AUDIO}

    gate.open()
    await reading
    assert await workshop.media_ids() == {REDUCED, AUDIO, SECOND.audio_media_id(1)}


async def test_a_video_that_was_replaced_while_it_was_read_is_read_again(workshop: Workshop) -> None:
    await workshop.keep(FIRST)
    workshop.extractor.acts.append(raising(MediaNotFoundError(REDUCED)))
    with pytest.raises(ServiceUnavailableError):
        await run(workshop)
    left = await workshop.stored.get(FIRST.id)
    assert (left.state, left.attempts_left) == (ConversionState.QUEUED, FIRST.attempts_left)
    await run(workshop)
    assert await state_of(workshop, FIRST) is ConversionState.COMPLETED


class TestSweeping:
    """What a crash left of a video that was reduced."""

    async def test_the_whole_video_beside_the_reduced_one_goes(self, workshop: Workshop) -> None:
        await workshop.keep(FIRST)
        await run(workshop)
        await workshop.files.write(WHOLE, in_chunks(VIDEO))
        workshop.clock.advance(KEEPING.orphan * 2)
        await workshop.sweep()()
        assert await workshop.media_ids() == {REDUCED, AUDIO}

    async def test_it_stays_while_a_worker_reads_it(self, workshop: Workshop) -> None:
        await workshop.keep(FIRST)
        await run(workshop)
        await workshop.files.write(WHOLE, in_chunks(VIDEO))
        await workshop.stored.add(SECOND.claim(NOW, holder="the other", lease_for=DAY))
        workshop.clock.advance(KEEPING.orphan * 2)
        await workshop.sweep()()
        assert await workshop.media_ids() == {WHOLE, REDUCED, AUDIO}

    async def test_a_reduced_video_without_a_holder_goes(self, workshop: Workshop) -> None:
        await workshop.keep(FIRST)
        await run(workshop)
        await workshop.stored.remove(await workshop.stored.get(FIRST.id))
        workshop.clock.advance(KEEPING.orphan * 2)
        await workshop.sweep()()
        assert await workshop.media_ids() == set()


@pytest.mark.parametrize("call", range(24))
class TestRaces:
    """Two workers convert the same video: one does all of its work at a call of the other."""

    async def test_both_make_their_mp3(self, workshop: Workshop, call: int) -> None:
        await workshop.keep(FIRST)
        await workshop.stored.add(SECOND)
        workshop.faults.at_call(call, lambda: run(workshop, SECOND, "the other"))
        await run(workshop)
        await assert_that_both_are_made(workshop)

    async def test_one_that_began_at_a_call_may_end_after_the_other(
        self, workshop: Workshop, call: int
    ) -> None:
        await workshop.keep(FIRST)
        await workshop.stored.add(SECOND)
        gate = Gate()
        others: list[asyncio.Future[None]] = []

        async def begin() -> None:
            # The first one is past its own extraction then, or has it still before it.
            workshop.extractor.acts.insert(0, gate)
            others.append(asyncio.ensure_future(run(workshop, SECOND, "the other")))
            await gate.reached.wait()
            workshop.extractor.acts.clear()

        workshop.faults.at_call(call, begin)
        await run(workshop)
        gate.open()
        await asyncio.gather(*others)
        await assert_that_both_are_made(workshop)


async def assert_that_both_are_made(workshop: Workshop) -> None:
    workshop.faults.clear()
    if await state_of(workshop, SECOND) is ConversionState.QUEUED:
        await run(workshop, SECOND)  # The first one made fewer calls.
    assert await state_of(workshop, FIRST) is ConversionState.COMPLETED
    assert await state_of(workshop, SECOND) is ConversionState.COMPLETED
    assert await workshop.media_ids() == {REDUCED, AUDIO, SECOND.audio_media_id(1)}
    assert await content_of(workshop) == VIDEO[:5] + b" sound"
    assert workshop.losses.reported == []
