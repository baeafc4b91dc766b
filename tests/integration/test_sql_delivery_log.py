import pytest
from sqlalchemy import func, select
from typing_extensions import override

from tests.contracts.delivery_log import DeliveryLogContract
from tests.contracts.examples import DAY, NOW
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.delivery_log import SqlDeliveryLog
from tracklift_adapters.sql.tables import delivery_log as table
from tracklift_domain.notification.ports import DeliveryClaim


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

    async def test_the_claims_of_a_dead_process_are_given_back_and_what_was_sent_stays(
        self, log: SqlDeliveryLog
    ) -> None:
        """A process that alone sends mails need not wait for them when it starts again."""
        await log.claim("claimed", now=NOW, until=NOW + DAY)
        await log.claim("sent", now=NOW, until=NOW + DAY)
        await log.record_sent("sent", NOW)

        assert await log.release_claims() == 1

        assert await log.claim("claimed", now=NOW, until=NOW + DAY) is DeliveryClaim.GRANTED
        assert await log.claim("sent", now=NOW, until=NOW + DAY) is DeliveryClaim.SENT
