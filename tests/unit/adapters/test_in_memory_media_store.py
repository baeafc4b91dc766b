"""The media store in memory keeps the contract of media stores."""

import pytest
from typing_extensions import override

from tests.contracts.media_store import MediaStoreContract
from tracklift_adapters.in_memory.media_store import InMemoryMediaStore
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.conversion.ports import MediaStore


class TestInMemoryMediaStore(MediaStoreContract):
    @pytest.fixture
    @override
    def store(self) -> MediaStore:
        return InMemoryMediaStore(SystemClock())
