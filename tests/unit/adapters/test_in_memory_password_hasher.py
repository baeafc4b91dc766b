"""The fast hasher keeps the contract of hashers."""

import pytest
from typing_extensions import override

from tests.contracts.password_hasher import PasswordHasherContract
from tracklift_adapters.in_memory.password_hasher import InMemoryPasswordHasher
from tracklift_domain.user.password.ports import PasswordHasher


class TestInMemoryPasswordHasher(PasswordHasherContract):
    @pytest.fixture
    @override
    def hasher(self) -> PasswordHasher:
        return InMemoryPasswordHasher()
