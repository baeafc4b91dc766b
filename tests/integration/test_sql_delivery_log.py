import pytest
from sqlalchemy import func, select
from typing_extensions import override

from tests.contracts.delivery_log import DeliveryLogContract
from tests.contracts.examples import DAY, NOW
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.delivery_log import SqlDeliveryLog
from tracklift_adapters.sql.tables import delivery_log as table


class TestSqlDeliveryLog(DeliveryLogContract):
    @pytest.fixture
    @override
    def log(self, database: SqlDatabase) -> SqlDeliveryLog:
        return SqlDeliveryLog(database)

    async def test_claims_that_nobody_came_back_for_do_not_pile_up(
        self, database: SqlDatabase, log: SqlDeliveryLog
    ) -> None:
        for number in range(10):
            await log.claim(str(number), now=NOW, until=NOW)

        await log.forget_before(NOW + DAY)

        async with database.read() as connection:
            assert (await connection.execute(select(func.count()).select_from(table))).scalar_one() == 0
