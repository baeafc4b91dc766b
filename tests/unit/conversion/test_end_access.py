from dataclasses import replace

import pytest

from tests.contracts.examples import ADA, NOW, SECOND, a_session, a_user
from tests.unit.builders import ADA_CALLS, BOB_CALLS
from tests.unit.workshop import Workshop
from tracklift_adapters.in_memory.access_ends import InMemoryAccessEndRepository
from tracklift_domain.conversion.watching.end_access import EndAccess
from tracklift_domain.messaging.delivery import DeadLetter, Done
from tracklift_domain.user.access.ended_access import EndedAccess, EndedAccessPolicy
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.events import UserDeleted


@pytest.fixture
async def ended_access(workshop: Workshop) -> EndedAccess:
    """Know that nothing has ended yet."""
    ended = EndedAccess(ends=InMemoryAccessEndRepository(), clock=workshop.clock, policy=EndedAccessPolicy())
    await ended.refresh()
    return ended


@pytest.fixture
def end_access(workshop: Workshop, ended_access: EndedAccess) -> EndAccess:
    return EndAccess(feed=workshop.feed, ended_access=ended_access)


async def test_streams_of_a_session_end_with_it(workshop: Workshop, end_access: EndAccess) -> None:
    async with workshop.feed.subscribe(ADA, a_session().id) as updates:
        assert await end_access(SessionsEnded.of(a_session().user_id, a_session().id, NOW)) == Done()
        assert [each async for each in updates] == []


async def test_all_streams_of_a_user_end_with_all_sessions(workshop: Workshop, end_access: EndAccess) -> None:
    async with workshop.feed.subscribe(ADA, a_session().id) as one, workshop.feed.subscribe(ADA) as other:
        assert await end_access(SessionsEnded.all_of(a_user(), NOW)) == Done()
        assert [each async for each in one] == [each async for each in other] == []


async def test_the_tokens_of_a_session_end_with_it(end_access: EndAccess, ended_access: EndedAccess) -> None:
    """Those of another session of the user do not."""
    await end_access(SessionsEnded.of(a_session().user_id, a_session().id, NOW))

    token = replace(ADA_CALLS, session_id=a_session().id, issued_at=NOW + SECOND)
    assert ended_access.has_ended(token)
    assert not ended_access.has_ended(replace(token, session_id=a_session(2).id, issued_at=NOW - SECOND))


async def test_all_tokens_of_before_end_with_all_sessions(
    end_access: EndAccess, ended_access: EndedAccess
) -> None:
    await end_access(SessionsEnded.all_of(a_user(), NOW))

    assert ended_access.has_ended(replace(ADA_CALLS, issued_at=NOW - SECOND))
    assert not ended_access.has_ended(replace(ADA_CALLS, issued_at=NOW + SECOND))
    assert not ended_access.has_ended(replace(BOB_CALLS, issued_at=NOW - SECOND))


async def test_other_events_are_dead_lettered(end_access: EndAccess) -> None:
    assert isinstance(await end_access(UserDeleted.of(a_user(), NOW)), DeadLetter)
