import asyncio

import pytest
from sqlalchemy import text, update
from typing_extensions import override

from tests.contracts.conversion_repository import ConversionRepositoryContract, assert_that_one_worker_gets_it
from tests.contracts.examples import (
    ADA,
    NOW,
    a_conversion,
    conversion_id,
    next_revision,
    numbered_events,
)
from tests.integration.conftest import EngineMaker
from tracklift_adapters.sql.conversion_rows import conversion_to_row
from tracklift_adapters.sql.conversions import SqlConversionRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import conversions as table
from tracklift_domain.extraction.options import AudioOptions


class TestSqlConversionRepository(ConversionRepositoryContract):
    @pytest.fixture
    @override
    def outbox(self, database: SqlDatabase) -> SqlOutbox:
        return SqlOutbox(database)

    @pytest.fixture
    @override
    def conversions(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlConversionRepository:
        return SqlConversionRepository(database, outbox)

    @pytest.mark.measured_elsewhere
    async def test_of_the_writers_of_several_processes_one_wins(
        self, make_engine: EngineMaker, conversions: SqlConversionRepository
    ) -> None:
        databases = [SqlDatabase(make_engine()) for _ in range(5)]
        of_processes = [SqlConversionRepository(database, SqlOutbox(database)) for database in databases]

        await assert_that_one_worker_gets_it(conversions, of_processes)

    @pytest.mark.measured_elsewhere
    async def test_several_processes_write_side_by_side(
        self, make_engine: EngineMaker, conversions: SqlConversionRepository, outbox: SqlOutbox
    ) -> None:
        """Five processes store ten conversions each, all at once."""
        databases = [SqlDatabase(make_engine()) for _ in range(5)]

        await asyncio.gather(
            *(
                SqlConversionRepository(database, SqlOutbox(database)).add(
                    a_conversion(10 * process + number), numbered_events(1, first=10 * process + number)
                )
                for process, database in enumerate(databases)
                for number in range(10)
            )
        )

        assert len(await conversions.list_owned(ADA, limit=1000)) == 50
        assert len(await outbox.pending(limit=1000)) == 50

    async def test_options_of_another_version_are_read(
        self, database: SqlDatabase, conversions: SqlConversionRepository
    ) -> None:
        """One that is not known here is ignored, one that is not stored takes its default."""
        await conversions.add(a_conversion())
        async with database.write() as connection:
            await connection.execute(update(table).values(options={"bitrate": 320, "reverb": "hall"}))

        assert (await conversions.get(conversion_id(1))).options == AudioOptions(bitrate=320)

    async def test_a_time_without_offset_is_refused(self, conversions: SqlConversionRepository) -> None:
        """It is ambiguous, and would be read back as another time."""
        with pytest.raises(Exception, match="aware datetime"):
            await conversions.add(a_conversion(updated_at=NOW.replace(tzinfo=None)))

        assert list(await conversions.list_owned(ADA, limit=10)) == []

    async def test_a_write_whose_event_can_not_be_stored_is_not_done(
        self, database: SqlDatabase, conversions: SqlConversionRepository, outbox: SqlOutbox
    ) -> None:
        """The table of events is away for a while."""
        await conversions.add(a_conversion(1))
        async with database.write() as connection:
            await connection.execute(text("ALTER TABLE outbox RENAME TO hidden"))

        with pytest.raises(Exception, match="outbox"):
            await conversions.add(a_conversion(2), numbered_events(1))
        with pytest.raises(Exception, match="outbox"):
            await conversions.replace(next_revision(a_conversion(1)), numbered_events(1))

        async with database.write() as connection:
            await connection.execute(text("ALTER TABLE hidden RENAME TO outbox"))
        assert list(await conversions.list_owned(ADA, limit=10)) == [a_conversion(1)]
        assert list(await outbox.pending(limit=10)) == []


def test_every_column_has_a_value() -> None:
    """Also one that a later migration adds."""
    assert set(conversion_to_row(a_conversion())) == set(table.columns.keys())
