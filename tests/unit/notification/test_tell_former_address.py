from dataclasses import replace

import pytest

from tests.contracts.examples import NOW, a_user
from tests.unit.notification.test_announce_outcome import PostOffice
from tracklift_domain.messaging.delivery import DeadLetter, Done
from tracklift_domain.notification.tell_former_address import TellFormerAddress
from tracklift_domain.user.events import UserDeleted, UserEmailChanged

CHANGED = UserEmailChanged.of(a_user(), a_user(email="new@example.org", revision=2), NOW)


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


@pytest.fixture
def tell(office: PostOffice) -> TellFormerAddress:
    return office.tell_former_address


async def test_the_address_of_before_is_told_once_of_the_new_one(
    office: PostOffice, tell: TellFormerAddress
) -> None:
    assert await tell(CHANGED) == Done()
    assert await tell(CHANGED) == Done()

    (mail,) = office.mailer.sent
    assert mail.recipient.value == "ada@example.org"


async def test_what_makes_no_sense_is_dead_lettered(tell: TellFormerAddress) -> None:
    assert isinstance(await tell(UserDeleted.of(a_user(), NOW)), DeadLetter)
    assert isinstance(await tell(replace(CHANGED, previous_email="nobody")), DeadLetter)
