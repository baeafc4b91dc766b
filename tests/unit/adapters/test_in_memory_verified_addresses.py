import pytest
from typing_extensions import override

from tests.contracts.verified_addresses import VerifiedAddressesContract
from tracklift_adapters.in_memory.verified_addresses import InMemoryVerifiedAddresses


class TestInMemoryVerifiedAddresses(VerifiedAddressesContract):
    @pytest.fixture
    @override
    def verified(self) -> InMemoryVerifiedAddresses:
        return InMemoryVerifiedAddresses()
