"""The media store in memory keeps the contract of media stores."""

from collections.abc import Callable

import pytest
from typing_extensions import override

from tests.contracts.media_store import MediaStoreContract
from tracklift_adapters.in_memory.media_store import InMemoryMediaStore
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.identifiers import MediaId


class TestInMemoryMediaStore(MediaStoreContract):
    @pytest.fixture
    @override
    def store(self) -> InMemoryMediaStore:
        return InMemoryMediaStore(SystemClock())

    @pytest.fixture
    @override
    def lose(self, store: InMemoryMediaStore) -> Callable[[MediaId], None]:
        return store.lose
