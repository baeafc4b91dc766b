import pytest
from typing_extensions import override

from tests.contracts.examples import ADA, NOW, a_user
from tests.unit.faults import down
from tracklift_adapters.in_memory.user_quotas import InMemoryUserQuotas
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import EventId, UserId
from tracklift_domain.messaging.delivery import DeadLetter, Done
from tracklift_domain.user.events import UserDeleted, UserQuotaChanged
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.remember_user_quota import RememberUserQuota

QUOTA = UserQuota(stored_bytes=1, audio_minutes=2, conversions_in_flight=3, upload_bytes=4)
CHANGED = UserQuotaChanged.of(a_user(quota=QUOTA, revision=3), NOW)


class UnreachableQuotas(InMemoryUserQuotas):
    @override
    async def record(self, user_id: UserId, quota: UserQuota, *, revision: int) -> None:
        raise down()


@pytest.fixture
def quotas() -> InMemoryUserQuotas:
    return InMemoryUserQuotas()


async def test_what_auth_announces_is_remembered(quotas: InMemoryUserQuotas) -> None:
    assert await RememberUserQuota(quotas=quotas)(CHANGED) == Done()
    assert await quotas.get(ADA) == QUOTA


async def test_older_news_that_comes_late_changes_nothing(quotas: InMemoryUserQuotas) -> None:
    remember = RememberUserQuota(quotas=quotas)
    await remember(CHANGED)
    assert await remember(UserQuotaChanged.of(a_user(revision=2), NOW)) == Done()
    assert await quotas.get(ADA) == QUOTA


async def test_other_events_are_dead_lettered(quotas: InMemoryUserQuotas) -> None:
    assert isinstance(await RememberUserQuota(quotas=quotas)(UserDeleted.of(a_user(), NOW)), DeadLetter)


async def test_limits_that_can_be_none_are_dead_lettered(quotas: InMemoryUserQuotas) -> None:
    event = UserQuotaChanged(id=EventId("1"), time=NOW, user_id=ADA, revision=2, stored_bytes=-1)
    assert isinstance(await RememberUserQuota(quotas=quotas)(event), DeadLetter)


async def test_the_event_is_redelivered_while_the_storage_is_down() -> None:
    with pytest.raises(ServiceUnavailableError):
        await RememberUserQuota(quotas=UnreachableQuotas())(CHANGED)
