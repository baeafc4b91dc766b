"""Files that grow in memory keep the contract."""

from collections.abc import Callable

import pytest
from typing_extensions import override

from tests.contracts.growing_media import GrowingMediaContract
from tracklift_adapters.in_memory.growing_media import InMemoryGrowingMedia
from tracklift_adapters.in_memory.media_store import InMemoryMediaStore
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.media.ports import GrowingMedia


class TestInMemoryGrowingMedia(GrowingMediaContract):
    @pytest.fixture
    @override
    def store(self) -> InMemoryMediaStore:
        return InMemoryMediaStore(SystemClock())

    @pytest.fixture
    @override
    def growing(self, store: InMemoryMediaStore) -> InMemoryGrowingMedia:
        return InMemoryGrowingMedia(store, SystemClock())

    @pytest.fixture
    @override
    def another_process(self, store: InMemoryMediaStore) -> Callable[[], GrowingMedia]:
        return lambda: InMemoryGrowingMedia(store, SystemClock())
