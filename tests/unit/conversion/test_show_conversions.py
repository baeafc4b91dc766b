"""Getting one conversion, listing them, and downloading an MP3."""

from dataclasses import replace

import pytest

from tests.contracts.examples import NOW, SECOND
from tests.unit.builders import ADA_CALLS, BOB_CALLS, IN_STATE, completed, failed, queued
from tests.unit.workshop import MP3, RETENTION, Workshop
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import AudioExpiredError, AudioNotReadyError, ConversionNotFoundError
from tracklift_domain.conversion.library.get_conversion import GetConversion
from tracklift_domain.conversion.library.list_all_conversions import ListAllConversions
from tracklift_domain.conversion.library.list_conversions import ListConversions
from tracklift_domain.conversion.owner import Owner
from tracklift_domain.media.errors import MediaLostError
from tracklift_domain.user.access.errors import InsufficientRoleError
from tracklift_domain.user.role import Role


class TestGetting:
    async def test_the_owner_gets_a_conversion_as_it_is_stored(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(completed())
        assert await GetConversion(conversions=workshop.conversions)(ADA_CALLS, conversion.id) == conversion

    async def test_somebody_elses_conversion_is_not_found_like_one_that_does_not_exist(
        self, workshop: Workshop
    ) -> None:
        conversion = await workshop.keep(completed())
        get = GetConversion(conversions=workshop.conversions)
        with pytest.raises(ConversionNotFoundError) as theirs:
            await get(BOB_CALLS, conversion.id)
        await workshop.delete()(ADA_CALLS, conversion.id)
        with pytest.raises(ConversionNotFoundError) as nobodys:
            await get(BOB_CALLS, conversion.id)
        assert str(theirs.value) == str(nobodys.value)


class TestListingAll:
    async def test_operators_are_shown_those_of_all_users(self, workshop: Workshop) -> None:
        bob = Owner(user_id=BOB_CALLS.user_id, email=BOB_CALLS.email, email_verified=True)
        first = await workshop.keep(queued(1, created_at=NOW))
        second = await workshop.keep(queued(2, owner=bob, created_at=NOW + SECOND))
        third = await workshop.keep(queued(3, created_at=NOW + 2 * SECOND))
        operator = replace(BOB_CALLS, role=Role.OPERATOR)

        list_all = ListAllConversions(conversions=workshop.conversions)

        page = await list_all(operator, limit=2)
        rest = await list_all(operator, limit=2, after=page.following)

        assert [each.id for each in page.conversions] == [third.id, second.id]
        assert ([each.id for each in rest.conversions], rest.following) == ([first.id], None)

    async def test_users_are_refused(self, workshop: Workshop) -> None:
        with pytest.raises(InsufficientRoleError):
            await ListAllConversions(conversions=workshop.conversions)(ADA_CALLS, limit=2)


class TestListing:
    @pytest.mark.parametrize(("count", "limit"), [(0, 1), (1, 1), (5, 2), (6, 2), (6, 100)])
    async def test_pages_give_every_conversion_once_newest_first(
        self, workshop: Workshop, count: int, limit: int
    ) -> None:
        # Two of each time, as pages must not lose one of two that are equally old.
        made = [queued(number, created_at=NOW + (number // 2) * SECOND) for number in range(count)]
        for conversion in made:
            await workshop.stored.add(conversion)
        show = ListConversions(conversions=workshop.conversions)
        seen: list[Conversion] = []
        position, pages = None, 0
        while pages == 0 or position is not None:
            page = await show(ADA_CALLS, limit=limit, after=position)
            assert len(page.conversions) <= limit
            seen += page.conversions
            position = page.following
            pages += 1
        assert seen == made[::-1]
        assert pages == max(1, -(-count // limit)), "no page is empty but that of an empty list"

    async def test_a_list_can_be_of_one_state(self, workshop: Workshop) -> None:
        for conversion in (queued(1), failed(2), queued(3)):
            await workshop.stored.add(conversion)
        show = ListConversions(conversions=workshop.conversions)
        page = await show(ADA_CALLS, limit=10, state=ConversionState.FAILED)
        assert [conversion.id for conversion in page.conversions] == [failed(2).id]
        assert page.following is None

    async def test_a_list_shows_nobody_elses_conversions(self, workshop: Workshop) -> None:
        await workshop.stored.add(queued())
        page = await ListConversions(conversions=workshop.conversions)(BOB_CALLS, limit=10)
        assert list(page.conversions) == []


class TestDownloading:
    async def test_the_owner_gets_the_mp3_or_a_part_of_it(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(completed())
        download = await workshop.download()(ADA_CALLS, conversion.id)
        whole = b"".join(MP3)
        assert (download.conversion, download.audio) == (conversion, conversion.audio)
        assert b"".join([chunk async for chunk in download.read()]) == whole
        assert b"".join([chunk async for chunk in download.read(3, 7)]) == whole[3:7]
        assert await download.made_at() == workshop.clock.now()

    @pytest.mark.parametrize(
        ("state", "error"),
        [
            (ConversionState.UPLOADING, AudioNotReadyError),
            (ConversionState.QUEUED, AudioNotReadyError),
            (ConversionState.CONVERTING, AudioNotReadyError),
            (ConversionState.FAILED, AudioNotReadyError),
            (ConversionState.CANCELLED, AudioNotReadyError),
            (ConversionState.EXPIRED, AudioExpiredError),
        ],
    )
    async def test_without_an_mp3_there_is_nothing_to_download(
        self, workshop: Workshop, state: ConversionState, error: type[Exception]
    ) -> None:
        conversion = await workshop.keep(IN_STATE[state]())
        with pytest.raises(error):
            await workshop.download()(ADA_CALLS, conversion.id)

    async def test_nobody_can_download_somebody_elses_mp3(self, workshop: Workshop) -> None:
        conversion = await workshop.keep(completed())
        with pytest.raises(ConversionNotFoundError):
            await workshop.download()(BOB_CALLS, conversion.id)

    @pytest.mark.parametrize(
        ("end", "error"), [("delete", ConversionNotFoundError), ("expire", AudioExpiredError)]
    )
    async def test_an_mp3_that_goes_before_it_is_read_is_not_lost(
        self, workshop: Workshop, end: str, error: type[Exception]
    ) -> None:
        conversion = await workshop.keep(completed())
        download = await workshop.download()(ADA_CALLS, conversion.id)
        if end == "delete":
            await workshop.delete()(ADA_CALLS, conversion.id)
        else:
            workshop.clock.advance(RETENTION.audio)
            await workshop.expire()()
        with pytest.raises(error):
            await anext(download.read())
        assert workshop.losses.reported == []

    @pytest.mark.parametrize("loss", ["delete", "lose"])
    async def test_a_lost_mp3_is_told_from_one_that_is_not_there_now(
        self, workshop: Workshop, loss: str
    ) -> None:
        """Trying again is of no use, and an operator hears of it."""
        conversion = await workshop.keep(completed())
        assert conversion.audio is not None
        if loss == "delete":
            await workshop.files.delete(conversion.audio.media_id)
        else:
            workshop.files.lose(conversion.audio.media_id)
        download = await workshop.download()(ADA_CALLS, conversion.id)
        if loss == "delete":
            assert await download.made_at() is None
        with pytest.raises(MediaLostError):
            await anext(download.read())
        assert workshop.losses.reported == [conversion.audio.media_id]
