import pytest
from typing_extensions import override

from tests.contracts.second_factor_repository import SecondFactorRepositoryContract
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.second_factors import InMemorySecondFactorRepository
from tracklift_adapters.in_memory.users import InMemoryUserRepository


class TestInMemorySecondFactorRepository(SecondFactorRepositoryContract):
    @pytest.fixture
    @override
    def outbox(self) -> InMemoryOutbox:
        return InMemoryOutbox()

    @pytest.fixture
    @override
    def users(self, outbox: InMemoryOutbox) -> InMemoryUserRepository:
        return InMemoryUserRepository(outbox)

    @pytest.fixture
    @override
    def factors(
        self, users: InMemoryUserRepository, outbox: InMemoryOutbox
    ) -> InMemorySecondFactorRepository:
        return InMemorySecondFactorRepository(users, outbox)
