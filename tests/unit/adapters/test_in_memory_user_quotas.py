import pytest
from typing_extensions import override

from tests.contracts.user_quotas import UserQuotasContract
from tracklift_adapters.in_memory.user_quotas import InMemoryUserQuotas


class TestInMemoryUserQuotas(UserQuotasContract):
    @pytest.fixture
    @override
    def quotas(self) -> InMemoryUserQuotas:
        return InMemoryUserQuotas()
