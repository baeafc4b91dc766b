import pytest

from tests.contracts.examples import ADA, NOW, a_session, a_user
from tests.unit.workshop import Workshop
from tracklift_domain.conversion.end_streams import EndStreams
from tracklift_domain.messaging.delivery import DeadLetter, Done
from tracklift_domain.user.events import SessionsEnded, UserDeleted


@pytest.fixture
def end_streams(workshop: Workshop) -> EndStreams:
    return EndStreams(feed=workshop.feed)


async def test_streams_of_a_session_end_with_it(workshop: Workshop, end_streams: EndStreams) -> None:
    async with workshop.feed.subscribe(ADA, a_session().id) as updates:
        assert await end_streams(SessionsEnded.of(a_session(), NOW)) == Done()
        assert [each async for each in updates] == []


async def test_all_streams_of_a_user_end_with_all_sessions(
    workshop: Workshop, end_streams: EndStreams
) -> None:
    async with workshop.feed.subscribe(ADA, a_session().id) as one, workshop.feed.subscribe(ADA) as other:
        assert await end_streams(SessionsEnded.all_of(a_user(), NOW)) == Done()
        assert [each async for each in one] == [each async for each in other] == []


async def test_other_events_are_dead_lettered(end_streams: EndStreams) -> None:
    assert isinstance(await end_streams(UserDeleted.of(a_user(), NOW)), DeadLetter)
