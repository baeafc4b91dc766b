"""More conversions of a video that is stored already, and what becomes of a video that several conversions share."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import NOW
from tests.unit.builders import (
    ADA_CALLS,
    BOB_CALLS,
    FINAL,
    KEEP,
    an_audio,
    cancelled,
    completed,
    converting,
    expired,
    failed,
    queued,
    uploading,
)
from tests.unit.faults import down, raising
from tests.unit.workshop import LIMITS, MP3, Workshop, an_upload
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ConversionNotFoundError,
    InvalidTransitionError,
    SourceGoneError,
)
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.messaging.delivery import Done
from tracklift_domain.upload.convert_again import AnotherConversion
from tracklift_domain.upload.errors import (
    IdempotencyKeyReusedError,
    TooManyConversionsError,
    UploadInProgressError,
)

SHORT = AudioOptions(start=1.0, end=2.0)
WANTED = AnotherConversion(options=SHORT)
KEYED = AnotherConversion(options=SHORT, idempotency_key="a key")


FIRST = 900
"""A number that is not given to new conversions."""


def kept(number: int = FIRST) -> Conversion:
    """Make a completed conversion whose video is kept as long as its MP3."""
    held = converting(number)
    return held.complete(
        NOW, attempt=1, audio=an_audio(held), source_duration=2.5, keep_for=KEEP, keep_source_for=KEEP
    )


def kept_for(time: timedelta) -> Conversion:
    """Make a completed conversion whose video is kept for a time, and whose outcome is confirmed."""
    return replace(kept(), source_kept_until=NOW + time, unconfirmed_since=None)


async def share(workshop: Workshop) -> tuple[Conversion, Conversion]:
    """Make a conversion, and another one of its video that is queued."""
    first = await workshop.keep(kept())
    return first, await workshop.again()(ADA_CALLS, first.id, WANTED)


async def ids(workshop: Workshop) -> set[ConversionId]:
    return {each.id for each in await workshop.owned()}


async def test_another_conversion_of_the_video_is_queued_and_requested(workshop: Workshop) -> None:
    first = await workshop.keep(kept())

    second = await workshop.again()(ADA_CALLS, first.id, WANTED)

    assert second == await workshop.stored.get(second.id)
    assert (second.state, second.options, second.attempt) == (ConversionState.QUEUED, SHORT, 0)
    assert (second.expires_at, second.lease, second.audio) == (None, None, None)
    assert (second.source.name, second.source.size, second.source.sha256) == ("talk.mp4", 1_000, "5e" * 32)
    assert second.source_media_id == first.source_media_id
    assert await workshop.stored.get(first.id) == first
    assert await workshop.events() == [ConversionRequested.of(second)]
    assert [update.state for update in workshop.feed.published] == [ConversionState.QUEUED]


async def test_it_is_converted_as_if_it_had_been_uploaded(workshop: Workshop) -> None:
    first, second = await share(workshop)

    assert await workshop.run()(ConversionRequested.of(second)) == Done()

    done = await workshop.stored.get(second.id)
    assert done.state is ConversionState.COMPLETED
    assert done.audio is not None
    content = b"".join([chunk async for chunk in workshop.files.read(done.audio.media_id)])
    assert content == b"".join(MP3)
    assert first.source_media_id in await workshop.media_ids(), "the first one holds it"


@pytest.mark.parametrize("start", [3.5, 300.0])
async def test_a_part_behind_the_end_of_the_audio_is_refused_at_once(
    workshop: Workshop, start: float
) -> None:
    """The record knows how long it is; else its user would be mailed a failure."""
    first = await workshop.keep(kept())

    with pytest.raises(InvalidOptionError, match=r"2\.50 seconds"):
        await workshop.again()(ADA_CALLS, first.id, AnotherConversion(options=AudioOptions(start=start)))

    assert await ids(workshop) == {first.id}


@pytest.mark.parametrize(
    "options",
    [
        AudioOptions(start=3.4),
        AudioOptions(start=300.0, track=2),
        AudioOptions(start=300.0, keep_delay=True),
    ],
    ids=["maybe within it", "another track", "another beginning"],
)
async def test_where_the_end_is_not_known_for_sure_the_converter_finds_out(
    workshop: Workshop, options: AudioOptions
) -> None:
    first = await workshop.keep(kept())

    second = await workshop.again()(ADA_CALLS, first.id, AnotherConversion(options=options))

    assert second.state is ConversionState.QUEUED


async def test_a_conversion_of_a_sound_extract_says_so_again(workshop: Workshop) -> None:
    first = kept()
    first = await workshop.keep(replace(first, source=replace(first.source, is_sound_extract=True)))

    assert (await workshop.again()(ADA_CALLS, first.id, WANTED)).source.is_sound_extract


async def test_it_can_be_made_again_itself(workshop: Workshop) -> None:
    first, second = await share(workshop)

    third = await workshop.again()(ADA_CALLS, second.id, WANTED)

    assert third.source_id == first.id
    await workshop.delete()(ADA_CALLS, first.id)
    await workshop.delete()(ADA_CALLS, second.id)
    assert await workshop.run()(ConversionRequested.of(third)) == Done()
    assert (await workshop.stored.get(third.id)).state is ConversionState.COMPLETED


@pytest.mark.parametrize("make", [queued, converting, failed])
async def test_what_has_its_video_for_its_own_sake_can_be_converted_again(
    workshop: Workshop, make: Callable[[int], Conversion]
) -> None:
    first = await workshop.keep(make(FIRST))
    assert (await workshop.again()(ADA_CALLS, first.id, WANTED)).state is ConversionState.QUEUED


@pytest.mark.parametrize(
    "make", [completed, expired, cancelled, lambda number: failed(number, failure=FINAL)]
)
async def test_without_its_video_a_conversion_says_that_it_is_gone(
    workshop: Workshop, make: Callable[[int], Conversion]
) -> None:
    first = await workshop.keep(make(FIRST))
    with pytest.raises(SourceGoneError, match="upload it again"):
        await workshop.again()(ADA_CALLS, first.id, WANTED)
    assert await workshop.owned() == [first]


async def test_a_video_that_the_storage_has_lost_is_gone(workshop: Workshop) -> None:
    first = await workshop.keep(kept())
    await workshop.files.delete(first.source_media_id)
    with pytest.raises(SourceGoneError):
        await workshop.again()(ADA_CALLS, first.id, WANTED)


async def test_a_video_that_is_still_coming_in_is_not_converted_again(workshop: Workshop) -> None:
    first = await workshop.keep(uploading(FIRST))
    with pytest.raises(InvalidTransitionError):
        await workshop.again()(ADA_CALLS, first.id, WANTED)


async def test_somebody_elses_conversion_is_not_found(workshop: Workshop) -> None:
    first = await workshop.keep(kept())
    with pytest.raises(ConversionNotFoundError):
        await workshop.again()(BOB_CALLS, first.id, WANTED)


async def test_the_limit_of_unfinished_conversions_holds(workshop: Workshop) -> None:
    first = await workshop.keep(kept())
    for _ in range(LIMITS.unfinished_per_user):
        await workshop.again()(ADA_CALLS, first.id, WANTED)
    with pytest.raises(TooManyConversionsError):
        await workshop.again()(ADA_CALLS, first.id, WANTED)
    assert len(await workshop.owned()) == 1 + LIMITS.unfinished_per_user


async def test_the_limit_holds_when_several_are_asked_for_at_once(workshop: Workshop) -> None:
    first = await workshop.keep(kept())
    others = [queued(number) for number in range(800, 800 + LIMITS.unfinished_per_user)]

    async def fill() -> None:
        for other in others:
            await workshop.stored.add(other)

    workshop.faults.before("add", fill)
    with pytest.raises(TooManyConversionsError):
        await workshop.again()(ADA_CALLS, first.id, WANTED)
    assert len(await workshop.owned()) == 1 + len(others)
    assert first.source_media_id in await workshop.media_ids()


class TestIdempotency:
    """A key of the client's choice."""

    async def test_the_same_key_gives_the_same_conversion(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept())
        second = await workshop.again()(ADA_CALLS, first.id, KEYED)
        assert await workshop.again()(ADA_CALLS, first.id, KEYED) == second
        assert len(await workshop.events()) == 1

    async def test_with_other_options_it_is_refused(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept())
        await workshop.again()(ADA_CALLS, first.id, KEYED)
        with pytest.raises(IdempotencyKeyReusedError):
            await workshop.again()(ADA_CALLS, first.id, replace(KEYED, options=AudioOptions()))

    async def test_the_key_of_an_upload_is_refused(self, workshop: Workshop) -> None:
        uploaded = await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        with pytest.raises(IdempotencyKeyReusedError):
            await workshop.again()(ADA_CALLS, uploaded.id, KEYED)

    async def test_of_two_requests_at_once_one_makes_it(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept())

        async def faster() -> None:
            await workshop.again()(ADA_CALLS, first.id, KEYED)

        workshop.faults.before("add", faster)
        second = await workshop.again()(ADA_CALLS, first.id, KEYED)
        assert await ids(workshop) == {first.id, second.id}

    async def test_while_the_other_request_is_under_way_the_client_is_told_to_wait(
        self, workshop: Workshop
    ) -> None:
        first = await workshop.keep(kept())

        async def meanwhile() -> None:
            with pytest.raises(UploadInProgressError) as caught:
                await workshop.again()(ADA_CALLS, first.id, KEYED)
            assert caught.value.retry_after == timedelta(seconds=15)

        workshop.faults.before("replace", meanwhile)
        assert (await workshop.again()(ADA_CALLS, first.id, KEYED)).state is ConversionState.QUEUED

    async def test_the_record_of_a_killed_request_is_taken_over(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept())
        await killed(workshop, first)
        workshop.clock.advance(timedelta(seconds=15))

        second = await workshop.again()(ADA_CALLS, first.id, KEYED)

        assert await ids(workshop) == {first.id, second.id}

    async def test_one_that_was_taken_back_meanwhile_is_to_be_asked_for_again(
        self, workshop: Workshop
    ) -> None:
        first = await workshop.keep(kept())
        other = queued(700, idempotency_key="a key", uploaded_as=first.id)

        async def there() -> None:
            await workshop.stored.add(other)
            workshop.faults.before("find", gone)

        async def gone() -> None:
            await workshop.stored.remove(other)

        workshop.faults.before("add", there)
        with pytest.raises(UploadInProgressError):
            await workshop.again()(ADA_CALLS, first.id, KEYED)


class TestFaults:
    """Nothing half made stays."""

    async def test_what_is_not_stored_is_not_accepted(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept())
        workshop.faults.before("replace", raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await workshop.again()(ADA_CALLS, first.id, WANTED)
        assert await workshop.owned() == [first]
        assert first.source_media_id in await workshop.media_ids()

    async def test_a_lost_confirmation_is_no_failure(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept())
        workshop.faults.after("replace", raising(down()))
        second = await workshop.again()(ADA_CALLS, first.id, WANTED)
        assert await ids(workshop) == {first.id, second.id}

    async def test_a_client_that_goes_away_leaves_nothing_behind(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept())
        workshop.faults.before("replace", raising(KeyboardInterrupt()))
        with pytest.raises(KeyboardInterrupt):
            await workshop.again()(ADA_CALLS, first.id, WANTED)
        assert await workshop.owned() == [first]

    async def test_in_an_outage_the_record_expires(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept())
        await killed(workshop, first)
        workshop.clock.advance(timedelta(minutes=5))

        assert await workshop.expire()() == 1

        assert await workshop.owned() == [first]
        assert first.source_media_id in await workshop.media_ids()

    async def test_one_that_was_deleted_while_it_was_made_is_not_queued(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept())

        async def delete() -> None:
            (second,) = await ids(workshop) - {first.id}
            await workshop.delete()(ADA_CALLS, second)

        workshop.faults.before("replace", delete)
        with pytest.raises(ConversionNotFoundError):
            await workshop.again()(ADA_CALLS, first.id, WANTED)
        assert await workshop.owned() == [first]


class TestSharedVideos:
    """A video goes with the last conversion that holds it."""

    async def test_it_survives_the_conversion_with_which_it_was_uploaded(self, workshop: Workshop) -> None:
        first, second = await share(workshop)
        await workshop.delete()(ADA_CALLS, first.id)
        assert await workshop.media_ids() == {second.source_media_id}
        await workshop.delete()(ADA_CALLS, second.id)
        assert await workshop.media_ids() == set()

    async def test_it_survives_the_cancellation_of_another(self, workshop: Workshop) -> None:
        first, second = await share(workshop)
        await workshop.cancel()(ADA_CALLS, second.id)
        assert first.source_media_id in await workshop.media_ids()

    async def test_it_survives_the_sweep_while_one_holds_it(self, workshop: Workshop) -> None:
        first, second = await share(workshop)
        await workshop.delete()(ADA_CALLS, first.id)
        workshop.clock.advance(timedelta(hours=2))
        assert await workshop.sweep()() == 0
        assert await workshop.media_ids() == {second.source_media_id}

    async def test_what_a_crash_left_of_it_is_swept(self, workshop: Workshop) -> None:
        first, second = await share(workshop)
        await workshop.stored.remove(await workshop.stored.get(first.id))
        await workshop.stored.remove(await workshop.stored.get(second.id))
        workshop.clock.advance(timedelta(hours=2))
        await workshop.sweep()()
        assert await workshop.media_ids() == set()

    async def test_it_goes_when_the_time_of_the_last_one_is_over(self, workshop: Workshop) -> None:
        _, second = await share(workshop)
        await workshop.run()(ConversionRequested.of(second))
        workshop.clock.advance(KEEP)
        await workshop.expire()()
        assert await workshop.media_ids() == set()
        assert {each.state for each in await workshop.owned()} == {ConversionState.EXPIRED}

    async def test_it_goes_before_the_mp3_if_the_operator_wants_that(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept_for(timedelta(hours=1)))
        workshop.clock.advance(timedelta(hours=1))
        assert await workshop.expire()() == 1
        assert await workshop.the_conversion() == first.drop_source()
        assert await workshop.media_ids() == {an_audio(first).media_id}
        assert await workshop.expire()() == 0

    async def test_the_chapters_of_the_mp3_stay_when_the_video_goes(self, workshop: Workshop) -> None:
        first = kept_for(timedelta(hours=1))
        assert first.audio is not None
        audio = replace(first.audio, chapters=(Chapter(0.0, "Welcome"),))
        await workshop.keep(replace(first, audio=audio))
        workshop.clock.advance(timedelta(hours=1))
        await workshop.expire()()
        assert (await workshop.stored.get(first.id)).audio == audio

    @pytest.mark.parametrize("call", ["get", "replace"])
    async def test_a_conversion_that_changes_meanwhile_drops_its_video_the_next_time(
        self, workshop: Workshop, call: str
    ) -> None:
        first = await workshop.keep(kept_for(timedelta(hours=1)))
        workshop.clock.advance(timedelta(hours=1))

        async def rename() -> None:
            await workshop.stored.replace(first.rename(NOW, "another"))

        workshop.faults.before(call, rename)
        assert await workshop.expire()() == 0
        assert first.source_media_id in await workshop.media_ids()
        assert await workshop.expire()() == 1
        assert (await workshop.the_conversion()).source.name == "another.mp4"
        assert first.source_media_id not in await workshop.media_ids()

    async def test_one_that_is_deleted_meanwhile_takes_its_video_along(self, workshop: Workshop) -> None:
        first = await workshop.keep(kept_for(timedelta(hours=1)))
        workshop.clock.advance(timedelta(hours=1))

        async def delete_it() -> None:
            await workshop.delete()(ADA_CALLS, first.id)

        workshop.faults.before("replace", delete_it)
        assert await workshop.expire()() == 0
        assert await workshop.media_ids() == set()


Ending = Callable[[Workshop, Conversion], Awaitable[object]]


async def delete(workshop: Workshop, first: Conversion) -> None:
    await workshop.delete()(ADA_CALLS, first.id)


async def expire(workshop: Workshop, first: Conversion) -> None:
    workshop.clock.advance(
        first.source_kept_until - workshop.clock.now() if first.source_kept_until else KEEP
    )
    await workshop.expire()()


async def delete_in_a_crash(workshop: Workshop, first: Conversion) -> None:
    """Remove the record only, as a process does that dies then, and sweep."""
    await workshop.stored.remove(await workshop.stored.get(first.id))
    workshop.clock.advance(timedelta(hours=2))
    await workshop.sweep()()


MOST_CALLS = 20
"""More than either side makes."""


@pytest.mark.parametrize("call", range(MOST_CALLS))
@pytest.mark.parametrize("how_long", [KEEP, timedelta(minutes=1)], ids=["as the MP3", "a minute"])
@pytest.mark.parametrize("ending", [delete, expire, delete_in_a_crash])
class TestRaces:
    """Another conversion is asked for while the one before lets go of the video: at each call of either side."""

    async def test_when_the_video_goes_in_between(
        self, workshop: Workshop, ending: Ending, how_long: timedelta, call: int
    ) -> None:
        first = await workshop.keep(kept_for(how_long))
        workshop.faults.at_call(call, lambda: ending(workshop, first))
        await assert_that_it_is_refused_or_converted(workshop, first)

    async def test_when_it_is_asked_for_in_between(
        self, workshop: Workshop, ending: Ending, how_long: timedelta, call: int
    ) -> None:
        first = await workshop.keep(kept_for(how_long))
        workshop.faults.at_call(call, lambda: assert_that_it_is_refused_or_converted(workshop, first))
        await ending(workshop, first)
        holds = [each for each in await workshop.owned() if each.holds_source]
        assert (first.source_media_id in await workshop.media_ids()) == bool(holds)


async def assert_that_it_is_refused_or_converted(workshop: Workshop, first: Conversion) -> None:
    try:
        second = await workshop.again()(ADA_CALLS, first.id, WANTED)
    except (ConversionNotFoundError, SourceGoneError):
        assert {each.id for each in await workshop.owned()} <= {first.id}
        return
    assert first.source_media_id in await workshop.media_ids()
    assert (await workshop.stored.get(second.id)).state is ConversionState.QUEUED


async def killed(workshop: Workshop, first: Conversion) -> None:
    """Ask for another conversion in a process that dies before it is queued."""
    workshop.faults.before("replace", raising(down()))
    workshop.faults.before("remove", raising(down()))
    with pytest.raises(ServiceUnavailableError):
        await workshop.again()(ADA_CALLS, first.id, KEYED)
    assert len(await workshop.owned()) == 2
