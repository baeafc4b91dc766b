from dataclasses import replace

import pytest

from tests.contracts.examples import ADA, BOB, NOW, a_conversion, a_user, conversion_id
from tests.unit.builders import ADA_CALLS, BOB_CALLS, IN_STATE, converting, queued
from tests.unit.faults import down, raising
from tests.unit.workshop import MP3, RETENTION, Workshop, in_chunks
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.owner import Owner
from tracklift_domain.conversion.ports import MadeAudio
from tracklift_domain.conversion.removal.delete_conversion import DeleteConversionsOfUser
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import DeadLetter, Done, RetryAfter
from tracklift_domain.user.events import UserDeleted
from tracklift_domain.user.quota import UserQuota


class TestOneConversion:
    @pytest.mark.parametrize("state", ConversionState)
    async def test_a_conversion_goes_with_its_files_whatever_its_state(
        self, workshop: Workshop, state: ConversionState
    ) -> None:
        conversion = await workshop.keep(IN_STATE[state]())
        await workshop.delete()(ADA_CALLS, conversion.id)
        assert list(await workshop.owned()) == []
        assert await workshop.media_ids() == set()

    async def test_the_files_of_every_attempt_go(self, workshop: Workshop) -> None:
        conversion = converting()
        conversion = conversion.claim(conversion.lease.until, holder="another", lease_for=RETENTION.orphan)  # type: ignore[union-attr]
        await workshop.keep(conversion)
        for attempt in (1, 2):
            await workshop.files.write(conversion.audio_media_id(attempt), in_chunks(*MP3))
        await workshop.delete()(ADA_CALLS, conversion.id)
        assert await workshop.media_ids() == set()

    async def test_nobody_can_delete_somebody_elses_conversion(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        with pytest.raises(ConversionNotFoundError):
            await workshop.delete()(BOB_CALLS, conversion.id)
        assert await workshop.the_conversion() == conversion

    async def test_what_is_not_there_cannot_be_deleted(self, workshop: Workshop) -> None:
        with pytest.raises(ConversionNotFoundError):
            await workshop.delete()(ADA_CALLS, queued().id)

    async def test_a_conversion_that_changes_at_the_same_time_goes_all_the_same(
        self, workshop: Workshop
    ) -> None:
        """Its worker stores an MP3 under an attempt that the deletion has not read of yet."""
        conversion = await workshop.keep(queued())

        async def work() -> None:
            await workshop.run()(ConversionRequested.of(conversion))

        workshop.faults.before("remove", work)
        await workshop.delete()(ADA_CALLS, conversion.id)
        assert list(await workshop.owned()) == []
        assert await workshop.media_ids() == set()

    async def test_a_conversion_that_somebody_else_deletes_at_the_same_time_is_not_found(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(queued())

        async def delete() -> None:
            await workshop.stored.remove(conversion)

        workshop.faults.before("remove", delete)
        with pytest.raises(ConversionNotFoundError):
            await workshop.delete()(ADA_CALLS, conversion.id)

    async def test_a_repository_that_never_lets_anybody_win_is_given_up(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        workshop.faults.before("remove", *[raising(StaleConversionError(conversion.id))] * 1_000)
        with pytest.raises(StaleConversionError):
            await workshop.delete()(ADA_CALLS, conversion.id)

    async def test_files_that_cannot_be_deleted_now_are_swept(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(queued())
        workshop.faults.before("delete", raising(down()))
        await workshop.delete()(ADA_CALLS, conversion.id)
        assert await workshop.media_ids() == {conversion.source_media_id}
        workshop.clock.advance(RETENTION.orphan * 2)
        assert await workshop.sweep()() == 1
        assert await workshop.media_ids() == set()


class TestAllOfAUser:
    @pytest.fixture
    def gone(self) -> UserDeleted:
        return UserDeleted.of(a_user(), NOW)

    @pytest.fixture
    def delete_all(self, workshop: Workshop) -> DeleteConversionsOfUser:
        return DeleteConversionsOfUser(
            conversions=workshop.conversions,
            feed=workshop.feed,
            verified=workshop.verified,
            ledger=workshop.ledger,
            quotas=workshop.user_quotas,
            ended_access=workshop.ended_access,
            delete_conversion=workshop.delete(),
        )

    async def test_what_the_user_watches_ends_and_what_others_watch_goes_on(
        self, workshop: Workshop, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        """Also if there is no conversion to delete."""
        update = ConversionUpdate.of(a_conversion(1, owner_id=BOB))
        async with workshop.feed.subscribe(ADA) as ended, workshop.feed.subscribe(BOB) as others:
            await delete_all(gone)

            assert [each async for each in ended] == []
            await workshop.feed.publish(update)
            assert await anext(others) == update

    async def test_what_is_counted_and_limited_is_forgotten(
        self, workshop: Workshop, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        for number, owner in enumerate((ADA, BOB)):
            await workshop.ledger.record(
                MadeAudio(conversion_id=conversion_id(number), owner_id=owner, made_at=NOW, duration=5)
            )
            await workshop.user_quotas.record(owner, UserQuota(audio_minutes=1), revision=2)

        await delete_all(gone)

        assert await workshop.ledger.total_duration(ADA, since=NOW) == 0
        assert await workshop.ledger.total_duration(BOB, since=NOW) == 5
        assert await workshop.user_quotas.get(ADA) == UserQuota()
        assert await workshop.user_quotas.get(BOB) == UserQuota(audio_minutes=1)

    async def test_all_conversions_of_the_user_go_and_those_of_others_stay(
        self, workshop: Workshop, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        for number in range(250):
            await workshop.stored.add(a_conversion(number))
        other = a_conversion(1_000, owner=Owner(user_id=BOB, email=BOB_CALLS.email, email_verified=True))
        await workshop.keep(other)
        assert await delete_all(gone) == Done()
        assert list(await workshop.owned()) == []
        assert await workshop.stored.get(other.id) == other
        assert await workshop.media_ids() == {other.source_media_id}

    async def test_the_access_tokens_of_the_user_end(
        self, workshop: Workshop, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        await workshop.ended_access.refresh()
        await delete_all(gone)
        assert workshop.ended_access.has_ended(replace(ADA_CALLS, issued_at=NOW))
        assert not workshop.ended_access.has_ended(replace(BOB_CALLS, issued_at=NOW))

    async def test_it_is_forgotten_whether_the_address_was_verified(
        self, workshop: Workshop, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        await workshop.verified.record(ADA, ADA_CALLS.email)
        await delete_all(gone)
        assert not await workshop.verified.contains(ADA, ADA_CALLS.email)

    async def test_a_user_without_conversions_is_done_with(
        self, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        assert await delete_all(gone) == Done()
        assert await delete_all(gone) == Done()

    async def test_a_conversion_that_goes_by_itself_does_not_disturb(
        self, workshop: Workshop, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        first, second = await workshop.keep(queued(1)), await workshop.keep(queued(2))

        async def delete_both() -> None:
            await workshop.stored.remove(second)
            await workshop.stored.remove(first)

        workshop.faults.before("remove", delete_both)
        assert isinstance(await delete_all(gone), RetryAfter), "somebody else is at it: look again later"
        assert await delete_all(gone) == Done()

    async def test_one_of_several_that_goes_by_itself_does_not_disturb(
        self, workshop: Workshop, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        await workshop.keep(queued(1))
        newest = await workshop.keep(queued(2))

        async def delete_newest() -> None:
            await workshop.stored.remove(newest)

        workshop.faults.before("remove", delete_newest)
        assert await delete_all(gone) == Done()
        assert list(await workshop.owned()) == []

    async def test_a_list_that_shows_what_is_gone_is_not_read_forever(
        self, workshop: Workshop, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        """A storage with several copies may lag behind."""
        conversion = await workshop.keep(queued())
        workshop.faults.before("remove", *[raising(ConversionNotFoundError(conversion.id))] * 1_000)
        assert isinstance(await delete_all(gone), RetryAfter)

    async def test_a_storage_that_is_down_brings_the_event_again(
        self, workshop: Workshop, delete_all: DeleteConversionsOfUser, gone: UserDeleted
    ) -> None:
        await workshop.keep(queued())
        workshop.faults.before("remove", raising(down()))
        with pytest.raises(ServiceUnavailableError):
            await delete_all(gone)
        assert await delete_all(gone) == Done()

    async def test_an_event_about_something_else_is_dead_lettered(
        self, delete_all: DeleteConversionsOfUser
    ) -> None:
        answer = await delete_all(ConversionRequested.of(queued()))
        assert isinstance(answer, DeadLetter)
        assert "tracklift.conversion.requested.v1" in answer.reason
