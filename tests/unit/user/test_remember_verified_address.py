import pytest
from typing_extensions import override

from tests.contracts.examples import ADA, NOW, a_user
from tests.unit.faults import down
from tracklift_adapters.in_memory.verified_addresses import InMemoryVerifiedAddresses
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.messaging.delivery import DeadLetter, Done
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.events import UserDeleted, UserEmailVerified
from tracklift_domain.user.remember_verified_address import RememberVerifiedAddress

VERIFIED = UserEmailVerified.of(a_user(email_verified_at=NOW), NOW)


class UnreachableAddresses(InMemoryVerifiedAddresses):
    @override
    async def record(self, user_id: UserId, email: EmailAddress) -> None:
        raise down()


@pytest.fixture
def verified() -> InMemoryVerifiedAddresses:
    return InMemoryVerifiedAddresses()


async def test_what_auth_announces_is_remembered(verified: InMemoryVerifiedAddresses) -> None:
    assert await RememberVerifiedAddress(verified=verified)(VERIFIED) == Done()
    assert await verified.contains(ADA, a_user().email)


async def test_other_events_are_dead_lettered(verified: InMemoryVerifiedAddresses) -> None:
    remember = RememberVerifiedAddress(verified=verified)
    assert isinstance(await remember(UserDeleted.of(a_user(), NOW)), DeadLetter)


async def test_an_event_without_an_address_is_dead_lettered(verified: InMemoryVerifiedAddresses) -> None:
    event = UserEmailVerified(id=EventId("1"), time=NOW, user_id=ADA, email="nobody")
    assert isinstance(await RememberVerifiedAddress(verified=verified)(event), DeadLetter)


async def test_the_event_is_redelivered_while_the_storage_is_down() -> None:
    with pytest.raises(ServiceUnavailableError):
        await RememberVerifiedAddress(verified=UnreachableAddresses())(VERIFIED)
