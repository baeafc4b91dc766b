"""How many conversions of all users are in each state, for operators."""

import pytest

from tests.contracts.examples import ADA, BOB, NOW, SECOND, a_conversion, a_user
from tracklift_adapters.in_memory.conversions import InMemoryConversionRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.library.count_conversions import CountConversions
from tracklift_domain.conversion.ports import StateCount
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InsufficientRoleError
from tracklift_domain.user.role import Role


@pytest.fixture
def conversions() -> InMemoryConversionRepository:
    return InMemoryConversionRepository(InMemoryOutbox())


@pytest.fixture
def count(conversions: InMemoryConversionRepository) -> CountConversions:
    return CountConversions(conversions=conversions)


async def test_those_of_all_users_are_counted(
    conversions: InMemoryConversionRepository, count: CountConversions
) -> None:
    await conversions.add(a_conversion(1, owner_id=ADA, updated_at=NOW - SECOND))
    await conversions.add(a_conversion(2, owner_id=BOB))

    counted = await count(Caller(user_id=ADA, email=a_user().email, role=Role.OPERATOR))

    assert set(counted) == set(ConversionState)
    assert counted[ConversionState.QUEUED] == StateCount(2, NOW - SECOND)
    assert counted[ConversionState.EXPIRED] == StateCount(0)


async def test_other_users_are_refused(count: CountConversions) -> None:
    with pytest.raises(InsufficientRoleError):
        await count(Caller(user_id=ADA, email=a_user().email))
