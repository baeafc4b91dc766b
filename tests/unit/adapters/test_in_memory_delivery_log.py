import pytest
from typing_extensions import override

from tests.contracts.delivery_log import DeliveryLogContract
from tests.contracts.examples import DAY, NOW
from tracklift_adapters.in_memory.delivery_log import InMemoryDeliveryLog


class TestInMemoryDeliveryLog(DeliveryLogContract):
    @pytest.fixture
    @override
    def log(self) -> InMemoryDeliveryLog:
        return InMemoryDeliveryLog()


async def test_claims_that_nobody_came_back_for_do_not_pile_up() -> None:
    log = InMemoryDeliveryLog()
    for number in range(10):
        await log.claim(str(number), now=NOW, until=NOW)

    await log.forget_before(NOW + DAY)

    assert log._entries == {}
