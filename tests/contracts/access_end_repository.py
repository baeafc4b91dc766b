"""What everything that keeps ends of access must do."""

import asyncio
from abc import abstractmethod
from datetime import datetime

import pytest

from tests.contracts.examples import ADA, BOB, NOW, SECOND
from tracklift_domain.user.access.ports import AccessEnd, AccessEndRepository

ALL = 1000


def an_end(subject: str = ADA, ended_at: datetime = NOW, recorded_at: datetime = NOW) -> AccessEnd:
    return AccessEnd(subject=subject, ended_at=ended_at, recorded_at=recorded_at)


class AccessEndRepositoryContract:
    """Inherit and override the fixture."""

    @pytest.fixture
    @abstractmethod
    def ends(self) -> AccessEndRepository:
        """Give an empty repository."""
        raise NotImplementedError

    async def test_an_end_is_read_as_stored(self, ends: AccessEndRepository) -> None:
        end = an_end(ended_at=NOW.replace(microsecond=123_457), recorded_at=NOW + SECOND)
        await ends.record(end)

        assert list(await ends.list_recorded_since(NOW, limit=ALL)) == [end]

    async def test_ends_are_listed_from_the_time_of_their_record(self, ends: AccessEndRepository) -> None:
        """An end may be heard of long after it happened. The latest are first."""
        await ends.record(an_end("first", recorded_at=NOW))
        await ends.record(an_end("late", ended_at=NOW - 100 * SECOND, recorded_at=NOW + SECOND))
        await ends.record(an_end("last", recorded_at=NOW + 2 * SECOND))

        since = await ends.list_recorded_since(NOW + SECOND, limit=ALL)
        assert [end.subject for end in since] == ["last", "late"]
        assert [end.subject for end in await ends.list_recorded_since(NOW, limit=1)] == ["last"]

    async def test_the_latest_end_of_a_subject_counts(self, ends: AccessEndRepository) -> None:
        """In whichever order they come."""
        for seconds in (1, 3, 2):
            await ends.record(an_end(ended_at=NOW + seconds * SECOND, recorded_at=NOW + seconds * SECOND))

        latest = an_end(ended_at=NOW + 3 * SECOND, recorded_at=NOW + 3 * SECOND)
        assert list(await ends.list_recorded_since(NOW, limit=ALL)) == [latest]

    async def test_an_end_is_forgotten_by_its_own_time(self, ends: AccessEndRepository) -> None:
        await ends.record(an_end(ADA, ended_at=NOW, recorded_at=NOW + SECOND))
        await ends.record(an_end(BOB, ended_at=NOW + SECOND, recorded_at=NOW + SECOND))

        assert await ends.forget_before(NOW + SECOND) == 1

        assert [end.subject for end in await ends.list_recorded_since(NOW, limit=ALL)] == [BOB]
        assert await ends.forget_before(NOW + SECOND) == 0

    async def test_many_may_record_the_same_at_once(self, ends: AccessEndRepository) -> None:
        await asyncio.gather(*(ends.record(an_end(ended_at=NOW + n * SECOND)) for n in range(20)))

        assert list(await ends.list_recorded_since(NOW, limit=ALL)) == [an_end(ended_at=NOW + 19 * SECOND)]
