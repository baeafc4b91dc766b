import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.contracts.examples import NOW, SECOND
from tests.unit.builders import ADA_CALLS, BOB_CALLS, converting, queued, uploading
from tests.unit.faults import Act, Gate, down, in_no_time, raising
from tests.unit.workshop import LIMITS, RETENTION, VIDEO, Workshop, an_upload, in_chunks
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ConversionExistsError,
    InvalidTransitionError,
    StaleConversionError,
)
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.media.errors import MediaTooLargeError, OutOfSpaceError
from tracklift_domain.upload.errors import (
    EmptyUploadError,
    IdempotencyKeyReusedError,
    IncompleteUploadError,
    QuotaExceededError,
    TooManyConversionsError,
    UploadInProgressError,
)
from tracklift_domain.upload.submit_conversion import VideoUpload

BRIEF = RetentionPolicy(upload_lease=timedelta(milliseconds=3))
"""A request gives a sign each millisecond."""


async def broken_off(*chunks: bytes, error: BaseException | None = None) -> AsyncIterator[bytes]:
    """Give some bytes and then what a client's going away looks like."""
    for chunk in chunks:
        yield chunk
    raise error or IncompleteUploadError("the client went away")


class Interruption(BaseException):
    """Neither an error of the domain nor a mistake."""


async def endless(gate: Gate) -> AsyncIterator[bytes]:
    """Give some bytes and then nothing for as long as the gate is closed."""
    yield b"some"
    await gate()
    yield b"more"


def refused_options() -> AudioOptions:
    return AudioOptions(bitrate=1)


async def nothing_is_left(workshop: Workshop) -> None:
    assert list(await workshop.owned()) == []
    assert await workshop.media_ids() == set()
    assert await workshop.events() == []


class TestAcceptedUpload:
    async def test_a_video_is_stored_and_its_conversion_waits_for_a_worker(self, workshop: Workshop) -> None:
        accepted = await workshop.submit()(ADA_CALLS, an_upload(name="../my talk.mp4"))
        assert accepted == await workshop.the_conversion()
        assert accepted.state is ConversionState.QUEUED
        assert accepted.owner.user_id == ADA_CALLS.user_id
        assert accepted.owner.email == ADA_CALLS.email
        assert (accepted.source.name, accepted.source.size) == ("my talk.mp4", len(VIDEO))
        assert accepted.expires_at is None
        stored = await workshop.files.describe(accepted.source_media_id)
        assert accepted.source.sha256 == stored.sha256

    async def test_the_request_enters_the_outbox_with_the_record(self, workshop: Workshop) -> None:
        accepted = await workshop.submit()(ADA_CALLS, an_upload())
        assert await workshop.events() == [ConversionRequested.of(accepted)]

    async def test_those_who_watch_are_told(self, workshop: Workshop) -> None:
        await workshop.submit()(ADA_CALLS, an_upload())
        assert [update.state for update in workshop.feed.published] == [ConversionState.QUEUED]

    async def test_options_are_asked_for_when_the_video_is_in(self, workshop: Workshop) -> None:
        """Fields of a form may come behind its file."""
        arrived: list[bytes] = []

        async def chunks() -> AsyncIterator[bytes]:
            yield VIDEO
            arrived.append(VIDEO)

        def options() -> AudioOptions:
            assert arrived == [VIDEO]
            return AudioOptions(bitrate=320)

        accepted = await workshop.submit()(ADA_CALLS, an_upload(chunks(), options=options))
        assert accepted.options == AudioOptions(bitrate=320)

    async def test_a_video_of_exactly_the_limit_is_taken(self, workshop: Workshop) -> None:
        video = bytes(LIMITS.largest_video)
        accepted = await workshop.submit()(
            ADA_CALLS, an_upload(in_chunks(video), declared_size=LIMITS.largest_video)
        )
        assert accepted.source.size == LIMITS.largest_video

    async def test_a_quick_upload_is_noted_once_and_not_with_every_chunk(self, workshop: Workshop) -> None:
        await workshop.submit()(ADA_CALLS, an_upload(in_chunks(*[b"x"] * 500)))
        assert workshop.faults.calls.count("replace") == 1


class TestRefusedUpload:
    async def test_a_declared_size_above_the_limit_is_refused_before_anything_is_read(
        self, workshop: Workshop
    ) -> None:
        upload = an_upload(broken_off(), declared_size=LIMITS.largest_video + 1)
        with pytest.raises(MediaTooLargeError) as refused:
            await workshop.submit()(ADA_CALLS, upload)
        assert refused.value.limit == LIMITS.largest_video
        assert "add" not in workshop.faults.calls
        assert "write" not in workshop.faults.calls

    @pytest.mark.parametrize(
        ("upload", "error"),
        [
            pytest.param(
                lambda: an_upload(in_chunks(bytes(900), bytes(101))), MediaTooLargeError, id="too large"
            ),
            pytest.param(lambda: an_upload(in_chunks()), EmptyUploadError, id="empty"),
            pytest.param(lambda: an_upload(in_chunks(b"", b"")), EmptyUploadError, id="empty chunks"),
            pytest.param(lambda: an_upload(broken_off(b"some")), IncompleteUploadError, id="broken off"),
            pytest.param(lambda: an_upload(broken_off()), IncompleteUploadError, id="broken off at once"),
            pytest.param(lambda: an_upload(options=refused_options), InvalidOptionError, id="options"),
            pytest.param(
                lambda: an_upload(broken_off(b"some", error=OutOfSpaceError("the store"))),
                OutOfSpaceError,
                id="store full",
            ),
            pytest.param(
                lambda: an_upload(broken_off(b"some", error=RuntimeError("a mistake"))),
                RuntimeError,
                id="mistake",
            ),
            pytest.param(
                lambda: an_upload(broken_off(b"some", error=Interruption())),
                Interruption,
                id="interrupted",
            ),
        ],
    )
    async def test_of_a_refused_upload_neither_record_nor_bytes_stay(
        self, workshop: Workshop, upload: Callable[[], VideoUpload], error: type[BaseException]
    ) -> None:
        with pytest.raises(error):
            await workshop.submit()(ADA_CALLS, upload())
        await nothing_is_left(workshop)

    async def test_of_an_upload_that_broke_off_those_who_watch_are_told_that_it_is_gone(
        self, workshop: Workshop
    ) -> None:
        with pytest.raises(IncompleteUploadError):
            await workshop.submit()(ADA_CALLS, an_upload(broken_off(b"some")))

        assert [update.is_deleted for update in workshop.feed.published] == [True]

    async def test_a_user_may_have_only_so_many_unfinished_conversions(self, workshop: Workshop) -> None:
        for number, make in enumerate((uploading, queued, converting), start=100):
            await workshop.keep(make(number))
        with pytest.raises(TooManyConversionsError) as refused:
            await workshop.submit()(ADA_CALLS, an_upload())
        assert refused.value.limit == LIMITS.unfinished_per_user
        assert len(await workshop.owned()) == 3
        assert (await workshop.submit()(BOB_CALLS, an_upload())).state is ConversionState.QUEUED

    async def test_the_limit_holds_for_uploads_that_begin_at_the_same_time(self, workshop: Workshop) -> None:
        """Each finds room before the others are stored. Of those above the limit nothing stays."""
        limit, more = LIMITS.unfinished_per_user, 4
        all_counted = Gate()
        workshop.faults.before("add", *[all_counted] * (limit + more))
        submit = workshop.submit()
        sent = [asyncio.create_task(submit(ADA_CALLS, an_upload())) for _ in range(limit + more)]
        while workshop.faults.calls.count("add") < limit + more:
            await asyncio.sleep(0)
        all_counted.open()

        results = await asyncio.gather(*sent, return_exceptions=True)

        accepted = [result.id for result in results if isinstance(result, Conversion)]
        refused = [result for result in results if isinstance(result, TooManyConversionsError)]
        assert (len(accepted), len(refused)) == (limit, more)
        assert {conversion.id for conversion in await workshop.owned()} == set(accepted)
        assert len(await workshop.media_ids()) == limit

    async def test_a_storage_that_is_down_for_the_second_count_is_said_and_leaves_nothing(
        self, workshop: Workshop
    ) -> None:
        workshop.faults.before("count_active", in_no_time, raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await workshop.submit()(ADA_CALLS, an_upload())
        await nothing_is_left(workshop)

    @pytest.mark.parametrize("call", ["find", "count_active", "add", "write", "replace"])
    async def test_a_storage_that_is_down_is_said_and_leaves_nothing(
        self, workshop: Workshop, call: str
    ) -> None:
        workshop.faults.before(call, raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        await nothing_is_left(workshop)

    async def test_a_stream_that_is_not_read_to_its_end_is_closed(self, workshop: Workshop) -> None:
        """What a generator holds must not wait for the collection of garbage."""
        chunks = in_chunks(bytes(900), bytes(101), bytes(1))
        with pytest.raises(MediaTooLargeError):
            await workshop.submit()(ADA_CALLS, an_upload(chunks))
        assert await anext(chunks, b"closed") == b"closed"


class TestStoredBytes:
    """What one user may store is 20 bytes here, and a video has 15."""

    LIMITS = replace(LIMITS, unfinished_per_user=100, stored_per_user=20)

    @pytest.mark.parametrize("size", [{"declared_size": 20}, {"most_bytes": 20}])
    async def test_room_for_what_is_declared_is_held_while_it_comes(
        self, workshop: Workshop, size: dict[str, Any]
    ) -> None:
        async def meanwhile() -> AsyncIterator[bytes]:
            (uploading,) = await workshop.owned()
            assert uploading.source_bytes == 20
            with pytest.raises(QuotaExceededError) as refused:
                await workshop.submit(limits=self.LIMITS)(ADA_CALLS, an_upload(declared_size=1))
            assert refused.value.used == 20
            yield VIDEO

        accepted = await workshop.submit(limits=self.LIMITS)(ADA_CALLS, an_upload(meanwhile(), **size))

        assert (accepted.reserved_bytes, accepted.source_bytes) == (None, len(VIDEO))

    async def test_what_has_no_room_is_refused_before_anything_is_read(self, workshop: Workshop) -> None:
        submit = workshop.submit(limits=self.LIMITS)
        sizes: list[dict[str, Any]] = [{"declared_size": 21}, {"most_bytes": 21}]
        for size in sizes:
            with pytest.raises(QuotaExceededError):
                await submit(ADA_CALLS, an_upload(broken_off(error=AssertionError("read")), **size))
            await nothing_is_left(workshop)

    async def test_a_video_of_unknown_size_is_stopped_where_no_room_is_left(self, workshop: Workshop) -> None:
        submit = workshop.submit(limits=self.LIMITS)
        chunks = in_chunks(bytes(10), bytes(10), bytes(1), bytes(1))

        with pytest.raises(QuotaExceededError) as refused:
            await submit(ADA_CALLS, an_upload(chunks))

        assert (refused.value.limit, refused.value.used) == (20, 0)
        assert await anext(chunks, b"closed") == b"closed"
        await nothing_is_left(workshop)
        assert (await submit(ADA_CALLS, an_upload(in_chunks(bytes(10), bytes(10))))).source_bytes == 20

    async def test_a_video_of_unknown_size_is_refused_whose_room_others_took_meanwhile(
        self, workshop: Workshop
    ) -> None:
        other: list[Conversion] = []

        async def meanwhile() -> AsyncIterator[bytes]:
            yield VIDEO[:5]
            other.append(await workshop.submit(limits=self.LIMITS)(ADA_CALLS, an_upload(declared_size=15)))
            yield VIDEO[5:]

        with pytest.raises(QuotaExceededError):
            await workshop.submit(limits=self.LIMITS)(ADA_CALLS, an_upload(meanwhile()))

        assert list(await workshop.owned()) == other

    async def test_of_uploads_that_begin_at_the_same_time_as_many_are_taken_as_fit(
        self, workshop: Workshop
    ) -> None:
        """Each finds room before the others are stored."""
        limits = replace(self.LIMITS, stored_per_user=3 * len(VIDEO) + 1)
        all_looked = Gate()
        workshop.faults.before("add", *[all_looked] * 10)
        submit = workshop.submit(limits=limits)
        upload = [
            asyncio.create_task(submit(ADA_CALLS, an_upload(declared_size=len(VIDEO)))) for _ in range(10)
        ]
        while workshop.faults.calls.count("add") < 10:
            await asyncio.sleep(0)
        all_looked.open()

        results = await asyncio.gather(*upload, return_exceptions=True)

        assert sum(isinstance(result, Conversion) for result in results) == 3
        assert sum(isinstance(result, QuotaExceededError) for result in results) == 7
        assert len(await workshop.owned()) == 3

    async def test_the_same_key_finds_an_accepted_upload_where_no_room_is_left(
        self, workshop: Workshop
    ) -> None:
        submit = workshop.submit(limits=replace(self.LIMITS, stored_per_user=len(VIDEO)))
        first = await submit(ADA_CALLS, an_upload(key="a key", declared_size=len(VIDEO)))

        assert await submit(ADA_CALLS, an_upload(key="a key", declared_size=len(VIDEO))) == first


class TestRepeatedUpload:
    async def test_the_same_key_gives_the_same_conversion_whatever_became_of_it(
        self, workshop: Workshop
    ) -> None:
        first = await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        cancelled = await workshop.cancel()(ADA_CALLS, first.id)
        again = await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        assert again == cancelled
        assert len(await workshop.owned()) == 1

    async def test_without_a_key_each_upload_is_a_conversion(self, workshop: Workshop) -> None:
        first = await workshop.submit()(ADA_CALLS, an_upload())
        second = await workshop.submit()(ADA_CALLS, an_upload())
        assert first.id != second.id

    async def test_a_key_belongs_to_its_user(self, workshop: Workshop) -> None:
        first = await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        second = await workshop.submit()(BOB_CALLS, an_upload(key="a key"))
        assert first.id != second.id

    async def test_a_key_that_comes_with_another_name_while_the_video_comes_in_is_refused(
        self, workshop: Workshop
    ) -> None:
        async def meanwhile() -> AsyncIterator[bytes]:
            yield VIDEO[:5]
            with pytest.raises(IdempotencyKeyReusedError):
                await workshop.submit()(ADA_CALLS, an_upload(key="a key", name="other.mp4"))
            yield VIDEO[5:]

        await workshop.submit()(ADA_CALLS, an_upload(meanwhile(), key="a key"))

    async def test_the_same_key_gives_a_conversion_that_was_renamed(self, workshop: Workshop) -> None:
        """The client that repeats its request sends the name of before; the video is known by its bytes."""
        first = await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        renamed = await workshop.gateway.rename_conversion()(ADA_CALLS, first.id, "another name")

        assert await workshop.submit()(ADA_CALLS, an_upload(key="a key")) == renamed
        assert len(await workshop.owned()) == 1

    @pytest.mark.parametrize(
        "other",
        [(bytes(len(VIDEO)),), (VIDEO[:-1],), (VIDEO, b"more"), ()],
        ids=["as long", "shorter", "longer", "empty"],
    )
    async def test_a_key_that_comes_with_other_bytes_is_refused(
        self, workshop: Workshop, other: tuple[bytes, ...]
    ) -> None:
        """Of the same name; nothing of them is stored."""
        first = await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        with pytest.raises(IdempotencyKeyReusedError):
            await workshop.submit()(ADA_CALLS, an_upload(in_chunks(*other), key="a key"))
        assert await workshop.the_conversion() == first
        assert await workshop.media_ids() == {first.source_media_id}

    async def test_a_key_that_comes_with_other_options_is_refused(self, workshop: Workshop) -> None:
        """Else the client would get an MP3 that it did not ask for."""
        await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        with pytest.raises(IdempotencyKeyReusedError):
            await workshop.submit()(
                ADA_CALLS, an_upload(key="a key", options=lambda: AudioOptions(bitrate=64))
            )
        assert (await workshop.the_conversion()).options == AudioOptions()

    async def test_of_bytes_that_are_longer_than_the_first_no_more_is_read(self, workshop: Workshop) -> None:
        """What the client sends on can be as long as it likes; the stream is closed."""
        await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        chunks = in_chunks(VIDEO, b"m", b"ore")
        with pytest.raises(IdempotencyKeyReusedError):
            await workshop.submit()(ADA_CALLS, an_upload(chunks, key="a key"))
        assert await anext(chunks, b"closed") == b"closed"

    async def test_a_repeated_upload_that_breaks_off_is_incomplete(self, workshop: Workshop) -> None:
        """Its bytes can't be compared then; the first conversion is not concerned."""
        first = await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        with pytest.raises(IncompleteUploadError):
            await workshop.submit()(ADA_CALLS, an_upload(broken_off(VIDEO[:5]), key="a key"))
        assert await workshop.the_conversion() == first

    async def test_a_repeated_upload_that_stands_still_is_ended(self, workshop: Workshop) -> None:
        submit = workshop.submit(retention=RetentionPolicy(idle_upload=timedelta(milliseconds=10)))
        await submit(ADA_CALLS, an_upload(key="a key"))
        with pytest.raises(IncompleteUploadError, match="nothing came"):
            await submit(ADA_CALLS, an_upload(endless(Gate()), key="a key"))

    async def test_of_an_upload_that_was_cancelled_on_its_way_the_key_gives_the_record(
        self, workshop: Workshop
    ) -> None:
        """Its bytes are not known, so there is nothing to compare."""
        kept = await workshop.keep(uploading(idempotency_key="a key"))
        cancelled = await workshop.cancel()(ADA_CALLS, kept.id)
        again = await workshop.submit()(ADA_CALLS, an_upload(name=kept.source.name, key="a key"))
        assert again == cancelled

    async def test_a_key_whose_upload_is_under_way_is_refused_with_its_conversion(
        self, workshop: Workshop
    ) -> None:
        gate = Gate()
        first = asyncio.create_task(workshop.submit()(ADA_CALLS, an_upload(endless(gate), key="a key")))
        await gate.reached.wait()
        with pytest.raises(UploadInProgressError) as refused:
            await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        gate.open()
        assert refused.value.conversion_id == (await first).id

    async def test_of_two_uploads_at_once_the_later_one_learns_about_the_earlier(
        self, workshop: Workshop
    ) -> None:
        """Neither is stored when the other looks for its key, and only one can be added."""
        gate = Gate()
        workshop.faults.before("add", gate)
        late = asyncio.create_task(workshop.submit()(ADA_CALLS, an_upload(key="a key")))
        await gate.reached.wait()
        early = await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        gate.open()
        assert await late == early
        assert len(await workshop.owned()) == 1

    async def test_of_two_uploads_at_once_the_later_one_waits_for_the_earlier(
        self, workshop: Workshop
    ) -> None:
        start, arrival = Gate(), Gate()
        workshop.faults.before("add", start)
        late = asyncio.create_task(workshop.submit()(ADA_CALLS, an_upload(key="a key")))
        await start.reached.wait()
        early = asyncio.create_task(workshop.submit()(ADA_CALLS, an_upload(endless(arrival), key="a key")))
        await arrival.reached.wait()
        start.open()
        with pytest.raises(UploadInProgressError) as refused:
            await late
        arrival.open()
        assert refused.value.conversion_id == (await early).id

    async def test_an_earlier_upload_that_is_gone_a_moment_later_still_counts_as_under_way(
        self, workshop: Workshop
    ) -> None:
        workshop.faults.before("add", raising(ConversionExistsError(queued().id)))
        with pytest.raises(UploadInProgressError):
            await workshop.submit()(ADA_CALLS, an_upload(key="a key"))

    async def test_a_key_can_be_used_again_after_its_upload_broke_off(self, workshop: Workshop) -> None:
        with pytest.raises(IncompleteUploadError):
            await workshop.submit()(ADA_CALLS, an_upload(broken_off(b"some"), key="a key"))
        assert (await workshop.submit()(ADA_CALLS, an_upload(key="a key"))).source.size == len(VIDEO)


class TestTakingOver:
    """An upload whose request gives no sign any more makes room for the same upload, sent again."""

    async def stuck(
        self, workshop: Workshop, retention: RetentionPolicy = RETENTION
    ) -> "tuple[asyncio.Task[Conversion], Gate]":
        """Begin an upload whose bytes stop half-way."""
        gate = Gate()
        submit = workshop.submit(retention=retention)
        task = asyncio.create_task(submit(ADA_CALLS, an_upload(endless(gate), key="a key")))
        await gate.reached.wait()
        return task, gate

    async def test_an_upload_that_no_request_holds_is_replaced_at_once(self, workshop: Workshop) -> None:
        """Its gateway was killed."""
        dead = uploading(7, idempotency_key="a key").hold_upload(NOW, lease_for=RETENTION.upload_lease)
        await workshop.stored.add(dead)
        await workshop.files.write(dead.source_media_id, in_chunks(b"published a moment before"))
        workshop.clock.advance(RETENTION.upload_lease)
        accepted = await workshop.submit()(ADA_CALLS, an_upload(name=dead.source.name, key="a key"))
        assert accepted.state is ConversionState.QUEUED
        assert await workshop.owned() == [accepted]
        assert await workshop.media_ids() == {accepted.source_media_id}
        assert workshop.feed.published[0] == ConversionUpdate.of_deleted(dead)

    async def test_before_that_the_client_is_told_when_to_send_it_again(self, workshop: Workshop) -> None:
        dead = uploading(7, idempotency_key="a key").hold_upload(NOW, lease_for=RETENTION.upload_lease)
        await workshop.stored.add(dead)
        workshop.clock.advance(4 * SECOND)
        with pytest.raises(UploadInProgressError) as refused:
            await workshop.submit()(ADA_CALLS, an_upload(name=dead.source.name, key="a key"))
        assert refused.value.retry_after == RETENTION.upload_lease - 4 * SECOND
        assert await workshop.owned() == [dead]

    async def test_an_upload_of_an_earlier_release_is_left_to_its_expiry(self, workshop: Workshop) -> None:
        kept = uploading(7, idempotency_key="a key")
        await workshop.stored.add(kept)
        workshop.clock.advance(RETENTION.upload_lease * 2)
        with pytest.raises(UploadInProgressError):
            await workshop.submit()(ADA_CALLS, an_upload(name=kept.source.name, key="a key"))

    async def test_a_request_that_is_there_holds_its_upload(self, workshop: Workshop) -> None:
        """Also while no byte comes."""
        task, gate = await self.stuck(workshop, BRIEF)
        later = workshop.clock.advance(BRIEF.upload_lease)
        async with asyncio.timeout(10):
            while (await workshop.the_conversion()).upload_held_until != later + BRIEF.upload_lease:
                await asyncio.sleep(0)
        with pytest.raises(UploadInProgressError):
            await workshop.submit(retention=BRIEF)(ADA_CALLS, an_upload(key="a key"))
        gate.open()
        assert (await task).state is ConversionState.QUEUED

    async def test_a_request_that_wakes_up_after_that_can_not_queue_its_upload(
        self, workshop: Workshop
    ) -> None:
        """It stood still for longer than its lease, with its process or its machine."""
        slow, gate = await self.stuck(workshop)
        workshop.clock.advance(RETENTION.upload_lease)
        accepted = await workshop.submit()(ADA_CALLS, an_upload(key="a key"))
        gate.open()
        with pytest.raises(InvalidTransitionError):
            await slow
        assert await workshop.owned() == [accepted]
        assert await workshop.media_ids() == {accepted.source_media_id}
        assert len(await workshop.events()) == 1

    async def test_a_request_that_lost_its_upload_ends_though_no_byte_comes(self, workshop: Workshop) -> None:
        task, _ = await self.stuck(workshop, BRIEF)
        await workshop.delete()(ADA_CALLS, (await workshop.the_conversion()).id)
        with pytest.raises(InvalidTransitionError):
            await task
        await nothing_is_left(workshop)

    async def test_a_request_holds_its_upload_again_after_an_outage(
        self, workshop: Workshop, caplog: pytest.LogCaptureFixture
    ) -> None:
        task, gate = await self.stuck(workshop, BRIEF)
        for _ in range(2):
            workshop.faults.unreachable = True
            await held(workshop, times=3)
            workshop.faults.unreachable = False
            await held(workshop, times=3)
        gate.open()
        assert (await task).state is ConversionState.QUEUED
        assert caplog.text.count("can't be renewed now") == 2, "each outage is said once"

    async def test_of_two_that_take_over_one_does(self, workshop: Workshop) -> None:
        dead = uploading(7, idempotency_key="a key").hold_upload(NOW, lease_for=RETENTION.upload_lease)
        await workshop.stored.add(dead)
        workshop.clock.advance(RETENTION.upload_lease)

        async def be_overtaken() -> None:
            await workshop.stored.remove(dead)

        workshop.faults.before("remove", be_overtaken)
        accepted = await workshop.submit()(ADA_CALLS, an_upload(name=dead.source.name, key="a key"))
        assert await workshop.owned() == [accepted]

    async def test_a_request_that_gives_a_sign_at_the_last_moment_keeps_its_upload(
        self, workshop: Workshop
    ) -> None:
        slow = uploading(7, idempotency_key="a key").hold_upload(NOW, lease_for=RETENTION.upload_lease)
        await workshop.stored.add(slow)
        now = workshop.clock.advance(RETENTION.upload_lease)
        alive = slow.hold_upload(now, lease_for=RETENTION.upload_lease)

        async def give_a_sign() -> None:
            await workshop.stored.replace(alive)

        workshop.faults.before("remove", give_a_sign)
        with pytest.raises(UploadInProgressError):
            await workshop.submit()(ADA_CALLS, an_upload(name=slow.source.name, key="a key"))
        assert await workshop.owned() == [alive]


async def held(workshop: Workshop, *, times: int) -> None:
    """Wait until a request has tried so many times to hold its upload."""
    before = workshop.faults.calls.count("get")
    async with asyncio.timeout(10):
        while workshop.faults.calls.count("get") < before + times:
            await asyncio.sleep(0)


class TestClientThatGoesAway:
    @pytest.mark.parametrize(
        ("moment", "call"),
        [("before", "add"), ("after", "add"), ("after", "write"), ("before", "replace")],
    )
    async def test_a_cancelled_upload_leaves_nothing(
        self, workshop: Workshop, moment: str, call: str
    ) -> None:
        gate = Gate()
        getattr(workshop.faults, moment)(call, gate)
        upload = asyncio.create_task(workshop.submit()(ADA_CALLS, an_upload()))
        await gate.reached.wait()
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        await nothing_is_left(workshop)

    async def test_an_upload_that_is_cancelled_while_bytes_come_leaves_nothing(
        self, workshop: Workshop
    ) -> None:
        gate = Gate()
        upload = asyncio.create_task(workshop.submit()(ADA_CALLS, an_upload(endless(gate))))
        await gate.reached.wait()
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        await nothing_is_left(workshop)

    async def test_being_cancelled_again_does_not_cut_the_cleaning_up_short(self, workshop: Workshop) -> None:
        gate, cleaning = Gate(), Gate()
        upload = asyncio.create_task(workshop.submit()(ADA_CALLS, an_upload(endless(gate))))
        await gate.reached.wait()
        workshop.faults.before("remove", cleaning)
        upload.cancel()
        await cleaning.reached.wait()
        for _ in range(3):
            upload.cancel()
            await asyncio.sleep(0)
        assert not upload.done(), "nothing may be left running behind the caller's back"
        cleaning.open()
        with pytest.raises(asyncio.CancelledError):
            await upload
        await nothing_is_left(workshop)

    async def test_a_cancellation_while_a_refused_upload_is_cleaned_up_counts(
        self, workshop: Workshop
    ) -> None:
        cleaning = Gate()
        workshop.faults.before("remove", cleaning)
        upload = asyncio.create_task(workshop.submit()(ADA_CALLS, an_upload(broken_off())))
        await cleaning.reached.wait()
        upload.cancel()
        await asyncio.sleep(0)
        cleaning.open()
        with pytest.raises(asyncio.CancelledError):
            await upload
        await nothing_is_left(workshop)

    @pytest.mark.parametrize("call", ["after replace", "publish"])
    async def test_a_conversion_that_is_accepted_stays_when_the_client_goes_away(
        self, workshop: Workshop, call: str
    ) -> None:
        gate = Gate()
        if call == "publish":
            workshop.faults.before("publish", gate)
        else:
            workshop.faults.after("replace", gate)
        upload = asyncio.create_task(workshop.submit()(ADA_CALLS, an_upload()))
        await gate.reached.wait()
        upload.cancel()
        with pytest.raises(asyncio.CancelledError):
            await upload
        accepted = await workshop.the_conversion()
        assert accepted.state is ConversionState.QUEUED
        assert await workshop.media_ids() == {accepted.source_media_id}
        assert await workshop.events() == [ConversionRequested.of(accepted)]


class TestLostConfirmation:
    async def test_an_upload_that_was_accepted_after_all_is_answered_as_accepted(
        self, workshop: Workshop
    ) -> None:
        """The write happened, only its confirmation got lost: an error would make the client send it twice."""
        workshop.faults.after("replace", raising(down()))
        accepted = await workshop.submit()(ADA_CALLS, an_upload())
        assert accepted == await workshop.the_conversion()
        assert accepted.state is ConversionState.QUEUED
        assert await workshop.media_ids() == {accepted.source_media_id}

    async def test_an_accepted_upload_is_answered_as_accepted_however_far_it_is_by_then(
        self, workshop: Workshop
    ) -> None:
        async def work_and_lose_the_confirmation() -> None:
            conversion = await workshop.the_conversion()
            await workshop.run()(ConversionRequested.of(conversion))
            raise down()

        workshop.faults.after("replace", work_and_lose_the_confirmation)
        accepted = await workshop.submit()(ADA_CALLS, an_upload())
        assert accepted.state is ConversionState.COMPLETED

    @pytest.mark.parametrize("call", ["add", "write"])
    async def test_what_was_written_without_confirmation_does_not_stay(
        self, workshop: Workshop, call: str
    ) -> None:
        workshop.faults.after(call, raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await workshop.submit()(ADA_CALLS, an_upload())
        await nothing_is_left(workshop)

    async def test_what_cannot_be_cleaned_up_goes_when_the_upload_expires(self, workshop: Workshop) -> None:
        workshop.faults.before("get", raising(down()))
        with pytest.raises(IncompleteUploadError):
            await workshop.submit()(ADA_CALLS, an_upload(broken_off(b"some")))
        assert (await workshop.the_conversion()).state is ConversionState.UPLOADING
        workshop.clock.advance(RETENTION.upload_record)
        assert await workshop.expire()() == 1
        await nothing_is_left(workshop)

    async def test_bytes_that_cannot_be_deleted_are_swept(self, workshop: Workshop) -> None:
        workshop.faults.before("delete", raising(down()))
        with pytest.raises(InvalidOptionError):
            await workshop.submit()(ADA_CALLS, an_upload(options=refused_options))
        assert list(await workshop.owned()) == []
        workshop.clock.advance(RETENTION.orphan + timedelta(seconds=1))
        assert await workshop.sweep()() == 1
        await nothing_is_left(workshop)

    async def test_a_cleaning_up_that_somebody_overtakes_looks_again(self, workshop: Workshop) -> None:
        async def note_more_bytes() -> None:
            conversion = await workshop.the_conversion()
            await workshop.stored.replace(conversion.keep_uploading(NOW, lasts=RETENTION.upload_record))

        workshop.faults.before("remove", note_more_bytes)
        with pytest.raises(IncompleteUploadError):
            await workshop.submit()(ADA_CALLS, an_upload(broken_off(b"some")))
        await nothing_is_left(workshop)

    async def test_a_cleaning_up_that_is_always_overtaken_is_left_to_the_expiry(
        self, workshop: Workshop
    ) -> None:
        workshop.faults.before("remove", *[raising(StaleConversionError(queued().id))] * 1_000)
        with pytest.raises(IncompleteUploadError):
            await workshop.submit()(ADA_CALLS, an_upload(broken_off(b"some")))
        assert (await workshop.the_conversion()).state is ConversionState.UPLOADING

    async def test_an_error_of_the_feed_takes_nothing_back(self, workshop: Workshop) -> None:
        """A feed never raises when it is down; if it does nevertheless, the conversion is accepted all the same."""
        workshop.faults.before("publish", raising(RuntimeError("a mistake")))
        with pytest.raises(RuntimeError):
            await workshop.submit()(ADA_CALLS, an_upload())
        accepted = await workshop.the_conversion()
        assert accepted.state is ConversionState.QUEUED
        assert await workshop.media_ids() == {accepted.source_media_id}


class TestEndedMeanwhile:
    """Somebody cancels or deletes a conversion while its video still comes in."""

    @pytest.fixture(params=["before the last bytes", "after the last bytes"])
    def moment(self, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    async def upload_while(self, workshop: Workshop, moment: str, act: Act) -> None:
        """Send a video, and have something happen to its conversion on the way."""

        async def chunks() -> AsyncIterator[bytes]:
            yield b"some"
            if moment == "before the last bytes":
                await act()
            # So long that the arrival of the next bytes is noted.
            workshop.clock.advance(RETENTION.idle_upload / 2)
            yield b"more"
            if moment == "after the last bytes":
                await act()

        with pytest.raises(InvalidTransitionError):
            await workshop.submit()(ADA_CALLS, an_upload(chunks()))

    async def test_a_cancelled_upload_stays_as_a_record_without_bytes(
        self, workshop: Workshop, moment: str
    ) -> None:
        async def cancel() -> None:
            await workshop.cancel()(ADA_CALLS, (await workshop.the_conversion()).id)

        await self.upload_while(workshop, moment, cancel)
        assert (await workshop.the_conversion()).state is ConversionState.CANCELLED
        assert await workshop.media_ids() == set()
        assert await workshop.events() == []
        assert not any(update.is_deleted for update in workshop.feed.published)

    async def test_a_deleted_upload_leaves_nothing(self, workshop: Workshop, moment: str) -> None:
        async def delete() -> None:
            await workshop.delete()(ADA_CALLS, (await workshop.the_conversion()).id)

        await self.upload_while(workshop, moment, delete)
        await nothing_is_left(workshop)


class TestSlowUpload:
    async def test_an_upload_that_stands_still_is_ended(self, workshop: Workshop) -> None:
        gate = Gate()
        submit = workshop.submit(retention=RetentionPolicy(idle_upload=timedelta(milliseconds=5)))
        with pytest.raises(IncompleteUploadError, match="nothing came"):
            await submit(ADA_CALLS, an_upload(endless(gate)))
        await nothing_is_left(workshop)

    async def test_an_upload_that_goes_on_slowly_never_expires(self, workshop: Workshop) -> None:
        """Its bytes come at intervals that are as long as they may be, and what is due is cleared away all the time."""
        almost = RETENTION.idle_upload - timedelta(seconds=1)
        pauses = [RETENTION.idle_upload / 4 - timedelta(seconds=1), almost] * 20

        async def chunks() -> AsyncIterator[bytes]:
            for pause in pauses:
                yield b"x"
                workshop.clock.advance(pause)
                assert await workshop.expire()() == 0

        accepted = await workshop.submit()(ADA_CALLS, an_upload(chunks()))
        assert accepted.source.size == len(pauses)

    async def test_a_storage_that_is_down_while_bytes_come_ends_the_upload(self, workshop: Workshop) -> None:
        async def chunks() -> AsyncIterator[bytes]:
            workshop.clock.advance(RETENTION.idle_upload / 2)
            workshop.faults.before("replace", raising(down()))
            yield b"x"

        with pytest.raises(ServiceUnavailableError):
            await workshop.submit()(ADA_CALLS, an_upload(chunks()))
        await nothing_is_left(workshop)
