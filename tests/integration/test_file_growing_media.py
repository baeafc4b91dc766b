"""Files that grow in a folder keep the contract, and what is special to files on a disk."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from typing_extensions import override

from tests.contracts.growing_media import GrowingMediaContract
from tracklift_adapters.filesystem.growing_media import FileGrowingMedia
from tracklift_adapters.filesystem.media_store import FileMediaStore
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.media.ports import GrowingMedia


class TestFileGrowingMedia(GrowingMediaContract):
    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        return tmp_path / "media"

    @pytest.fixture
    @override
    def store(self, folder: Path) -> Iterator[FileMediaStore]:
        store = FileMediaStore(folder, SystemClock())
        yield store
        store.close()

    @pytest.fixture
    @override
    def growing(self, store: FileMediaStore) -> FileGrowingMedia:
        return FileGrowingMedia(store, SystemClock())

    @pytest.fixture
    @override
    def another_process(self, folder: Path) -> Iterator[Callable[[], GrowingMedia]]:
        with ExitStack() as stack:

            def make() -> GrowingMedia:
                store = FileMediaStore(folder, SystemClock())
                stack.callback(store.close)
                return FileGrowingMedia(store, SystemClock())

            yield make
