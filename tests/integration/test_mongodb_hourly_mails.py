import asyncio
from collections import Counter

import pytest
from typing_extensions import override

from tests.contracts.hourly_mails import AFTER, DIGEST, ENDS_AT, MAIL, HourlyMailsContract, a_notification
from tests.integration.conftest import MongoMaker
from tests.integration.shared_mongodb import SharedMongoDb
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.hourly_mails import MongoHourlyMails

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestMongoHourlyMails(HourlyMailsContract):
    @pytest.fixture
    @override
    async def mails(self, mongo: MongoDatabase, shared_mongodb: SharedMongoDb) -> MongoHourlyMails:
        mails = MongoHourlyMails(mongo)
        await shared_mongodb.prepare(mails)
        return mails

    @pytest.mark.measured_elsewhere
    async def test_the_limit_holds_for_several_processes_and_what_is_held_outlives_them(
        self, mails: MongoHourlyMails, make_mongo: MongoMaker
    ) -> None:
        processes = [MongoHourlyMails(make_mongo()) for _ in range(3)]

        answers = await asyncio.gather(
            *(
                processes[number % 3].admit(a_notification(number), ends_at=ENDS_AT, at_most=5)
                for number in range(60)
            )
        )

        assert Counter(answers) == {MAIL: 5, DIGEST: 55}
        (hour,) = await mails.list_ended(AFTER, limit=10)
        assert len({each.key for each in hour.held}) == 55
