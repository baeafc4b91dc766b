from tests.contracts.examples import NOW, a_session, a_user
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done
from tracklift_domain.messaging.handlers_by_type import HandlersByType
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.events import UserDeleted, UserEmailVerified


async def test_each_event_goes_to_the_handler_of_its_type() -> None:
    handled = []

    async def first(event: Event) -> Disposition:
        handled.append(("first", event))
        return Done()

    async def second(event: Event) -> Disposition:
        handled.append(("second", event))
        return DeadLetter("as it says")

    handle = HandlersByType({SessionsEnded: first, UserEmailVerified: second})
    ended, verified = (
        SessionsEnded.of(a_session().user_id, a_session().id, NOW),
        UserEmailVerified.of(a_user(), NOW),
    )

    assert await handle(ended) == Done()
    assert await handle(verified) == DeadLetter("as it says")
    assert handled == [("first", ended), ("second", verified)]
    assert isinstance(await handle(UserDeleted.of(a_user(), NOW)), DeadLetter)
