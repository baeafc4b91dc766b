import pytest
from typing_extensions import override

from tests.contracts.hourly_mails import AFTER, HourlyMailsContract
from tests.integration.conftest import EngineMaker
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.hourly_mails import SqlHourlyMails


class TestSqlHourlyMails(HourlyMailsContract):
    @pytest.fixture
    @override
    def mails(self, database: SqlDatabase) -> SqlHourlyMails:
        return SqlHourlyMails(database)

    async def test_what_is_held_outlives_the_process(
        self, mails: SqlHourlyMails, make_engine: EngineMaker
    ) -> None:
        await self.admitted(mails, range(5))

        another = SqlHourlyMails(SqlDatabase(make_engine()))

        (hour,) = await another.list_ended(AFTER, limit=10)
        assert list(await mails.list_ended(AFTER, limit=10)) == [hour]
        assert len(hour.held) == 3
