"""What only two writers of one file can show who hold its lock one after the other."""

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typing_extensions import override

from tracklift_adapters.filesystem.growing_file import GrowingFile
from tracklift_adapters.filesystem.growth_mark import GrowthMark
from tracklift_adapters.filesystem.shard import Shard
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.errors import WrongOffsetError
from tracklift_runtime.running_hashes import RunningHashes

VIDEO = MediaId("video")
NOW = datetime(2026, 8, 7, tzinfo=UTC)


class LateShard(Shard):
    """Lets something happen between the look at a mark and the lock on its file."""

    meanwhile: Callable[[], object] | None = None

    @override
    def growth_path(self, mark: GrowthMark) -> Path:
        meanwhile, self.meanwhile = self.meanwhile, None
        if meanwhile is not None:
            meanwhile()
        return super().growth_path(mark)


@pytest.fixture
def shard(tmp_path: Path) -> LateShard:
    return LateShard(tmp_path)


@pytest.fixture
def older(shard: LateShard) -> Iterator[GrowingFile]:
    with closing(GrowingFile(shard, VIDEO, 1, RunningHashes())) as file:
        file.open(0, NOW)
        yield file


def test_a_newer_writer_cuts_off_nothing_that_an_older_one_makes_durable_while_it_waits(
    shard: LateShard, older: GrowingFile
) -> None:
    shard.meanwhile = lambda: older.keep(b"kept")

    with (
        closing(GrowingFile(shard, VIDEO, 2, RunningHashes())) as newer,
        pytest.raises(WrongOffsetError) as raised,
    ):
        newer.open(0, NOW)

    assert raised.value.offset == len(b"kept")
    mark = shard.find_mark(VIDEO)
    assert mark is not None
    assert shard.growth_path(mark).stat().st_size == mark.size == len(b"kept")
