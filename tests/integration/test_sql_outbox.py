import logging

import pytest
from sqlalchemy import insert, update
from typing_extensions import override

from tests.contracts.examples import a_conversion, numbered_events
from tests.contracts.outbox import OutboxContract
from tracklift_adapters.sql.conversions import SqlConversionRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.tables import outbox as table
from tracklift_runtime.cloud_events import encode_event

ALL = 1000


class TestSqlOutbox(OutboxContract):
    @pytest.fixture
    @override
    def outbox(self, database: SqlDatabase) -> SqlOutbox:
        return SqlOutbox(database)

    @pytest.fixture
    @override
    def conversions(self, database: SqlDatabase, outbox: SqlOutbox) -> SqlConversionRepository:
        return SqlConversionRepository(database, outbox)

    @pytest.mark.parametrize("limit", [1, 2, 3, ALL])
    async def test_unreadable_events_hold_up_no_other(
        self, database: SqlDatabase, conversions: SqlConversionRepository, outbox: SqlOutbox, limit: int
    ) -> None:
        """However many there are, and wherever they stand."""
        await store_unreadable(database, "first", 5)
        await conversions.add(a_conversion(1), numbered_events(1))
        await store_unreadable(database, "middle", 5)
        await conversions.add(a_conversion(2), numbered_events(2, first=2))
        await store_unreadable(database, "last", 1)

        assert list(await outbox.pending(limit=limit)) == numbered_events(3)[:limit]

    async def test_an_unreadable_event_is_logged_once(
        self, database: SqlDatabase, outbox: SqlOutbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        await store_unreadable(database, "broken", 2)

        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                assert list(await outbox.pending(limit=ALL)) == []

        assert [record.getMessage().partition(" stays")[0] for record in caplog.records] == [
            "Event broken.0",
            "Event broken.1",
        ]

    async def test_an_event_of_a_newer_version_waits_for_a_process_that_knows_it(
        self, database: SqlDatabase, outbox: SqlOutbox
    ) -> None:
        event = numbered_events(1)[0]
        of_tomorrow = encode_event(event).replace("requested.v1", "requested.v9")
        async with database.write() as connection:
            await connection.execute(insert(table).values(event_id=event.id, event=of_tomorrow))
        assert list(await outbox.pending(limit=ALL)) == []

        async with database.write() as connection:
            await connection.execute(update(table).values(event=encode_event(event)))

        assert list(await outbox.pending(limit=ALL)) == [event]

    async def test_events_outlast_the_process(
        self, database: SqlDatabase, conversions: SqlConversionRepository
    ) -> None:
        await conversions.add(a_conversion(), numbered_events(2))

        assert list(await SqlOutbox(database).pending(limit=ALL)) == numbered_events(2)


async def store_unreadable(database: SqlDatabase, name: str, count: int) -> None:
    """Put rows into the outbox whose text is not an event."""
    rows = [{"event_id": f"{name}.{number}", "event": '{"specversion": "1.0"'} for number in range(count)]
    async with database.write() as connection:
        await connection.execute(insert(table), rows)
