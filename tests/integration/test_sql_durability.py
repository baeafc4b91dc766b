import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process

import pytest

from tests.contracts.examples import ADA
from tests.integration import sql_writer
from tests.integration.conftest import EngineMaker
from tests.selection import thorough
from tracklift_adapters.sql.conversions import SqlConversionRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.identifiers import ConversionId

ALL = 1_000_000


async def start_writer(url: str, first: int) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        sql_writer.__file__,
        url,
        str(first),
        stdout=PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


async def acknowledged_until_killed(url: str, first: int, count: int) -> set[ConversionId]:
    """Let a writer store that many conversions, kill it while it goes on, and give what it said it stored."""
    writer = await start_writer(url, first)
    assert writer.stdout is not None
    try:
        lines = [await writer.stdout.readline() for _ in range(count)]
    finally:
        writer.kill()
    lines += (await writer.stdout.read()).splitlines(keepends=True)
    await writer.wait()
    # A line that is cut off was never said.
    return {ConversionId(line.decode().strip()) for line in lines if line.endswith(b"\n")}


class TestSqlDurability:
    @pytest.mark.kill
    @pytest.mark.parametrize(("rounds", "writers"), [(1, 1), *thorough([(2, 2)])])
    async def test_what_was_acknowledged_outlives_a_killed_process(
        self, engine_url: str, make_engine: EngineMaker, rounds: int, writers: int
    ) -> None:
        """Each conversion that a writer named before it was killed is stored, with its event; and no half of one.

        Several processes write at once, and in another round as many go on where they were killed.
        """
        acknowledged: set[ConversionId] = set()
        for first in range(0, rounds * 1_000_000, 1_000_000):
            acknowledged = acknowledged.union(
                *await asyncio.gather(
                    *(
                        acknowledged_until_killed(engine_url, first + number * 100_000, 50)
                        for number in range(writers)
                    )
                )
            )

        database = SqlDatabase(make_engine())
        outbox = SqlOutbox(database)
        stored = await SqlConversionRepository(database, outbox).list_owned(ADA, limit=ALL)
        events = await outbox.pending(limit=ALL)

        queued = {conversion.id for conversion in stored if conversion.state is ConversionState.QUEUED}
        requested = {event.conversion_id for event in events if isinstance(event, ConversionRequested)}
        assert len(acknowledged) >= 50 * rounds * writers
        assert acknowledged <= queued
        assert requested == queued
        assert len(events) == len(queued)
