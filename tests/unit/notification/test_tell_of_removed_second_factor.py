from dataclasses import replace

import pytest

from tests.contracts.examples import NOW, a_second_factor, a_user
from tests.unit.notification.test_announce_outcome import PostOffice
from tracklift_domain.messaging.delivery import DeadLetter, Done
from tracklift_domain.notification.tell_of_removed_second_factor import TellOfRemovedSecondFactor
from tracklift_domain.user.events import SecondFactorRemoved, UserDeleted

REMOVED = SecondFactorRemoved.of(a_user(), a_second_factor(), NOW, by_admin=True)


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def tell(office: PostOffice) -> TellOfRemovedSecondFactor:
    return office.tell_of_removed_second_factor


async def test_the_user_is_told_once(office: PostOffice, tell: TellOfRemovedSecondFactor) -> None:
    assert await tell(REMOVED) == Done()
    assert await tell(REMOVED) == Done()

    (mail,) = office.mailer.sent
    assert mail.recipient.value == "ada@example.org"


async def test_what_makes_no_sense_is_dead_lettered(tell: TellOfRemovedSecondFactor) -> None:
    assert isinstance(await tell(UserDeleted.of(a_user(), NOW)), DeadLetter)
    assert isinstance(await tell(replace(REMOVED, email="nobody")), DeadLetter)
