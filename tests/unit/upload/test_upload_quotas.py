"""However uploads begin, a user has no more in flight and in the store than the limits allow."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from tests.contracts.examples import ADA, BOB, NOW, SECOND, conversion_id
from tests.unit.builders import completed, uploading
from tests.unit.workshop import Workshop
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.ports import MadeAudio
from tracklift_domain.media.errors import MediaTooLargeError
from tracklift_domain.upload.errors import QuotaExceededError, TooManyConversionsError
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.upload.quota import QuotaName
from tracklift_domain.upload.upload_quotas import UploadQuotas, beginning_of_month, next_month
from tracklift_domain.user.quota import UserQuota

LOOKS = 3
TWO = UploadLimits(largest_video=1000, unfinished_per_user=2)
STORAGE = replace(TWO, unfinished_per_user=100, stored_per_user=100)
MINUTES = replace(TWO, minutes_per_month=10)


def quotas(workshop: Workshop, limits: UploadLimits, looks: int = LOOKS) -> UploadQuotas:
    """Give quotas that do not pause between their looks."""
    return UploadQuotas(
        conversions=workshop.conversions,
        ledger=workshop.ledger,
        quotas=workshop.user_quotas,
        clock=workshop.clock,
        limits=limits,
        looks=looks,
        pause=timedelta(0),
    )


async def begun(workshop: Workshop, number: int, *, second: int, size: int | None = None) -> Conversion:
    """Store the record of an upload that begins, as the clock of its process has it."""
    record = uploading(number, created_at=NOW + second * SECOND, reserved_bytes=size)
    return await workshop.keep(record)


async def made(workshop: Workshop, seconds: float, *, at: datetime = NOW, number: int = 1) -> None:
    """Note audio that was made for Ada."""
    await workshop.ledger.record(
        MadeAudio(conversion_id=conversion_id(number), owner_id=ADA, made_at=at, duration=seconds)
    )


class TestInFlight:
    async def test_of_too_many_the_newest_are_refused(self, workshop: Workshop) -> None:
        """Those of the same time in the order of their ids."""
        limit = quotas(workshop, TWO)
        first = await begun(workshop, 1, second=0)
        second = await begun(workshop, 2, second=1)
        third = await begun(workshop, 3, second=1)
        fourth = await begun(workshop, 4, second=2)

        for newer in (fourth, third):
            with pytest.raises(TooManyConversionsError):
                await limit.hold(newer, TWO)
            await workshop.stored.remove(newer)

        await limit.hold(second, TWO)
        await limit.hold(first, TWO)

    async def test_an_older_one_waits_until_a_newer_one_is_given_back(self, workshop: Workshop) -> None:
        """That is on its way then, at another process."""
        first = await begun(workshop, 1, second=0)
        await begun(workshop, 2, second=1)
        newest = await begun(workshop, 3, second=2)

        async def give_back() -> None:
            await workshop.stored.remove(newest)

        workshop.faults.after("count_active", give_back)

        await quotas(workshop, TWO).hold(first, TWO)

        assert workshop.faults.calls.count("count_active") == 3

    async def test_a_clock_that_is_behind_gives_no_room_above_the_limit(self, workshop: Workshop) -> None:
        """It makes an upload the oldest, though others were accepted before it and are not given back."""
        limit = quotas(workshop, TWO)
        for number in (1, 2):
            await limit.hold(await begun(workshop, number, second=number), TWO)
        late = await begun(workshop, 3, second=-60)

        with pytest.raises(TooManyConversionsError) as refused:
            await limit.hold(late, TWO)

        assert (refused.value.limit, refused.value.used) == (2, 2)
        assert workshop.faults.calls.count("count_active") == 2 + 2 * LOOKS

    async def test_older_ones_stored_after_a_newer_one_was_accepted_do_not_all_give_up(
        self, workshop: Workshop
    ) -> None:
        """The newer one is not given back, so the newest of those that wait makes room for the others."""
        five = replace(TWO, unfinished_per_user=5)
        limit = quotas(workshop, five, looks=50)
        await limit.hold(await begun(workshop, 9, second=9), five)
        older = [await begun(workshop, number, second=number) for number in range(1, 6)]

        async def hold(record: Conversion) -> None:
            try:
                await limit.hold(record, five)
            except TooManyConversionsError:
                await workshop.stored.remove(record)
                raise

        results = await asyncio.gather(*map(hold, older), return_exceptions=True)

        assert [result is None for result in results] == [True, True, True, True, False]

    async def test_a_user_with_as_many_as_allowed_is_refused_before_a_record_is_stored(
        self, workshop: Workshop
    ) -> None:
        for number in (1, 2):
            await begun(workshop, number, second=0)

        with pytest.raises(TooManyConversionsError):
            await quotas(workshop, TWO).require_room(ADA)
        assert await quotas(workshop, TWO).require_room(BOB) == TWO


class TestStoredBytes:
    @pytest.mark.parametrize(("size", "fits"), [(40, True), (41, False), (None, True)])
    async def test_a_video_fits_that_takes_no_more_than_is_left(
        self, workshop: Workshop, size: int | None, *, fits: bool
    ) -> None:
        await begun(workshop, 1, second=0, size=60)
        limit = quotas(workshop, STORAGE)
        if fits:
            assert await limit.require_room(ADA, size) == STORAGE
            return
        with pytest.raises(QuotaExceededError) as refused:
            await limit.require_room(ADA, size)
        assert (refused.value.quota, refused.value.limit, refused.value.used) == (
            QuotaName.STORED_BYTES,
            100,
            60,
        )

    async def test_of_an_unknown_size_none_fits_where_nothing_is_left(self, workshop: Workshop) -> None:
        await begun(workshop, 1, second=0, size=100)
        with pytest.raises(QuotaExceededError):
            await quotas(workshop, STORAGE).require_room(ADA)

    async def test_the_refusal_says_when_the_first_mp3_expires(self, workshop: Workshop) -> None:
        stored = completed(1)
        await workshop.stored.add(stored)
        with pytest.raises(QuotaExceededError) as refused:
            await quotas(workshop, replace(STORAGE, stored_per_user=1)).require_room(ADA)
        assert refused.value.until == stored.expires_at

    async def test_of_those_that_are_too_large_together_the_newest_are_refused(
        self, workshop: Workshop
    ) -> None:
        limit = quotas(workshop, STORAGE)
        first = await begun(workshop, 1, second=0, size=50)
        second = await begun(workshop, 2, second=1, size=50)
        third = await begun(workshop, 3, second=2, size=1)

        with pytest.raises(QuotaExceededError):
            await limit.hold(third, STORAGE)
        await workshop.stored.remove(third)

        assert await limit.hold(second, STORAGE) == 0
        assert await limit.hold(first, STORAGE) == 0

    async def test_an_older_one_waits_until_a_larger_newer_one_is_given_back(
        self, workshop: Workshop
    ) -> None:
        first = await begun(workshop, 1, second=0, size=60)
        newer = await begun(workshop, 2, second=1, size=60)

        async def give_back() -> None:
            await workshop.stored.remove(newer)

        workshop.faults.after("total_stored", give_back)

        assert await quotas(workshop, STORAGE).hold(first, STORAGE) == 40

    async def test_a_clock_that_is_behind_gives_no_room(self, workshop: Workshop) -> None:
        limit = quotas(workshop, STORAGE)
        await limit.hold(await begun(workshop, 1, second=0, size=60), STORAGE)
        late = await begun(workshop, 2, second=-60, size=60)

        with pytest.raises(QuotaExceededError):
            await limit.hold(late, STORAGE)

    async def test_what_is_left_is_told(self, workshop: Workshop) -> None:
        begins = await begun(workshop, 1, second=0, size=60)
        assert await quotas(workshop, STORAGE).hold(begins, STORAGE) == 40
        assert await quotas(workshop, TWO).hold(begins, TWO) is None


class TestMinutes:
    async def test_an_upload_is_refused_once_the_minutes_of_the_month_are_used_up(
        self, workshop: Workshop
    ) -> None:
        limit = quotas(workshop, MINUTES)
        await made(workshop, 599.9)
        assert await limit.require_room(ADA) == MINUTES

        await made(workshop, 0.1, number=2)

        with pytest.raises(QuotaExceededError) as refused:
            await limit.require_room(ADA)
        error = refused.value
        assert (error.quota, error.limit, error.used) == (QuotaName.AUDIO_MINUTES, 10, 10)
        assert error.until == next_month(NOW)
        assert await limit.require_room(BOB) == MINUTES

    async def test_those_of_the_month_before_do_not_count(self, workshop: Workshop) -> None:
        await made(workshop, 600, at=beginning_of_month(NOW) - timedelta(microseconds=1))
        assert await quotas(workshop, MINUTES).require_room(ADA) == MINUTES
        await made(workshop, 600, at=beginning_of_month(NOW), number=2)
        with pytest.raises(QuotaExceededError):
            await quotas(workshop, MINUTES).require_room(ADA)

    async def test_only_those_of_this_month_are_kept(self, workshop: Workshop) -> None:
        await made(workshop, 60, at=beginning_of_month(NOW) - timedelta(microseconds=1))
        await made(workshop, 60, at=beginning_of_month(NOW), number=2)
        assert await quotas(workshop, MINUTES).forget_old() == 1
        assert await workshop.ledger.total_duration(ADA, since=NOW - timedelta(days=100)) == 60

    @pytest.mark.parametrize(
        ("now", "follows"),
        [
            (datetime(2026, 1, 31, 23, 59, 59, 999_999, UTC), datetime(2026, 2, 1, tzinfo=UTC)),
            (datetime(2028, 2, 1, tzinfo=UTC), datetime(2028, 3, 1, tzinfo=UTC)),
            (datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 1, tzinfo=UTC)),
        ],
    )
    def test_months_are_those_of_the_calendar(self, now: datetime, follows: datetime) -> None:
        assert next_month(now) == follows


class TestLimitsOfOneUser:
    @pytest.mark.parametrize(
        ("quota", "error"),
        [
            (UserQuota(conversions_in_flight=0), TooManyConversionsError),
            (UserQuota(stored_bytes=9), QuotaExceededError),
            (UserQuota(audio_minutes=0), QuotaExceededError),
            (UserQuota(upload_bytes=9), MediaTooLargeError),
        ],
    )
    async def test_they_take_the_place_of_those_of_all(
        self, workshop: Workshop, quota: UserQuota, error: type[Exception]
    ) -> None:
        limit = quotas(workshop, TWO)
        await workshop.user_quotas.record(ADA, quota, revision=2)

        with pytest.raises(error):
            await limit.require_room(ADA, 10)

        assert await limit.require_room(BOB, 10) == TWO

    async def test_they_may_be_higher(self, workshop: Workshop) -> None:
        await workshop.user_quotas.record(
            ADA, UserQuota(stored_bytes=200, audio_minutes=20, conversions_in_flight=5), revision=2
        )
        await begun(workshop, 1, second=0, size=150)
        await made(workshop, 660)
        both = replace(STORAGE, minutes_per_month=10)

        own = await quotas(workshop, both).require_room(ADA, 50)

        assert (own.stored_per_user, own.minutes_per_month, own.unfinished_per_user) == (200, 20, 5)
        assert own.largest_video == both.largest_video


async def test_what_is_used_is_told_also_where_it_has_no_limit(workshop: Workshop) -> None:
    await begun(workshop, 1, second=0, size=60)
    await made(workshop, 90)

    uses = await quotas(workshop, MINUTES).uses_of(ADA)

    assert (uses.stored_bytes.used, uses.stored_bytes.limit) == (60, None)
    assert (uses.audio_minutes.used, uses.audio_minutes.limit) == (1, 10)
    assert uses.audio_minutes.until == next_month(NOW)
    assert (uses.conversions_in_flight.used, uses.conversions_in_flight.limit) == (1, 2)
    assert uses.largest_upload == 1000
