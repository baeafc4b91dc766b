from dataclasses import replace

import pytest

from tests.contracts.examples import NOW, a_second_factor, a_user
from tests.unit.notification.test_announce_outcome import PostOffice
from tracklift_domain.messaging.delivery import DeadLetter, Done
from tracklift_domain.notification.tell_of_account_change import TellOfAccountChange
from tracklift_domain.user.events import UserDeleted, UserEmailChanged
from tracklift_domain.user.second_factor.events import SecondFactorRemoved

CHANGED = UserEmailChanged.of(a_user(), a_user(email="new@example.org", revision=2), NOW)
REMOVED = SecondFactorRemoved.of(a_user(), a_second_factor(), NOW, by_admin=True)


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def tell(office: PostOffice) -> TellOfAccountChange:
    return office.tell_of_account_change


@pytest.mark.parametrize("change", [CHANGED, REMOVED])
async def test_the_address_of_before_is_told_once(
    office: PostOffice, tell: TellOfAccountChange, change: UserEmailChanged | SecondFactorRemoved
) -> None:
    assert await tell(change) == Done()
    assert await tell(change) == Done()

    (mail,) = office.mailer.sent
    assert mail.recipient.value == "ada@example.org"


async def test_what_makes_no_sense_is_dead_lettered(tell: TellOfAccountChange) -> None:
    assert isinstance(await tell(UserDeleted.of(a_user(), NOW)), DeadLetter)
    assert isinstance(await tell(replace(CHANGED, previous_email="nobody")), DeadLetter)
    assert isinstance(await tell(replace(REMOVED, email="nobody")), DeadLetter)
