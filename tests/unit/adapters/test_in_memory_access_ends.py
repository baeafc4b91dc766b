import pytest
from typing_extensions import override

from tests.contracts.access_end_repository import AccessEndRepositoryContract
from tracklift_adapters.in_memory.access_ends import InMemoryAccessEndRepository


class TestInMemoryAccessEndRepository(AccessEndRepositoryContract):
    @pytest.fixture
    @override
    def ends(self) -> InMemoryAccessEndRepository:
        return InMemoryAccessEndRepository()
