import asyncio
from itertools import cycle
from typing import Any

import pytest
from pymongo.database import Database
from typing_extensions import override

from tests.contracts.delivery_log import KEY, LATER, DeliveryLogContract
from tests.contracts.examples import DAY, NOW
from tests.integration.conftest import MongoMaker
from tests.integration.shared_mongodb import SharedMongoDb
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.delivery_log import MongoDeliveryLog
from tracklift_domain.notification.ports import DeliveryClaim

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestMongoDeliveryLog(DeliveryLogContract):
    @pytest.fixture
    @override
    async def log(self, mongo: MongoDatabase, shared_mongodb: SharedMongoDb) -> MongoDeliveryLog:
        log = MongoDeliveryLog(mongo)
        await shared_mongodb.prepare(log)
        return log

    @pytest.mark.measured_elsewhere
    async def test_of_the_senders_of_several_processes_one_may_send(
        self, log: MongoDeliveryLog, make_mongo: MongoMaker
    ) -> None:
        """First for a new notification, then for one whose claim ran out."""
        logs = [MongoDeliveryLog(make_mongo()) for _ in range(5)]

        for now, until in ((NOW, LATER), (LATER, LATER + DAY)):
            answers = await asyncio.gather(
                *(
                    one.claim(KEY, now=now, until=until)
                    for one, _ in zip(cycle(logs), range(50), strict=False)
                )
            )
            assert answers.count(DeliveryClaim.GRANTED) == 1
            assert answers.count(DeliveryClaim.HELD) == 49

    @pytest.mark.measured_elsewhere
    async def test_claiming_releasing_and_sending_at_once_never_forgets_what_was_sent(
        self, log: MongoDeliveryLog, make_mongo: MongoMaker
    ) -> None:
        logs = [MongoDeliveryLog(make_mongo()) for _ in range(3)]
        for number in range(10):
            key = f"key.{number}"

            await asyncio.gather(
                *(one.claim(key, now=NOW, until=LATER) for one in logs),
                *(one.release(key) for one in logs),
                *(one.record_sent(key, NOW) for one in logs),
                *(one.release(key) for one in logs),
            )

            assert await log.claim(key, now=LATER, until=LATER + DAY) is DeliveryClaim.SENT

    async def test_the_first_time_of_sending_stays(
        self, log: MongoDeliveryLog, mongo_inside: Database[dict[str, Any]]
    ) -> None:
        """Noting it again does not make it younger, and a claim that was settled is gone."""
        await log.claim(KEY, now=NOW, until=LATER)
        await log.record_sent(KEY, NOW)
        await log.record_sent(KEY, NOW + DAY)

        assert await log.forget_before(NOW + DAY) == 1
        assert mongo_inside["deliveries"].count_documents({}) == 0

    async def test_claims_of_senders_that_died_do_not_pile_up(
        self, log: MongoDeliveryLog, mongo_inside: Database[dict[str, Any]]
    ) -> None:
        await log.claim(KEY, now=NOW, until=LATER)

        assert await log.forget_before(LATER + DAY) == 0

        assert mongo_inside["deliveries"].count_documents({}) == 0
