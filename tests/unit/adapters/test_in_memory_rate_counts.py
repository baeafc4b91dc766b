import pytest
from typing_extensions import override

from tests.contracts.rate_counts import RateCountsContract
from tracklift_adapters.in_memory.rate_counts import InMemoryRateCounts


class TestInMemoryRateCounts(RateCountsContract):
    @pytest.fixture
    @override
    def counts(self) -> InMemoryRateCounts:
        return InMemoryRateCounts()
