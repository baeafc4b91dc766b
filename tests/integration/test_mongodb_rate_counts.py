from datetime import timedelta

import pytest
from pymongo.read_concern import ReadConcern
from typing_extensions import override

from tests.contracts.rate_counts import RateCountsContract
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.rate_counts import MongoRateCounts

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestMongoRateCounts(RateCountsContract):
    @pytest.fixture
    @override
    def counts(self, mongo: MongoDatabase) -> MongoRateCounts:
        return MongoRateCounts(mongo)

    async def test_the_server_forgets_a_client_once_it_may_do_all_again(self, mongo: MongoDatabase) -> None:
        counts = MongoRateCounts(mongo)
        await counts.prepare()
        await counts.take("a", requests=2, per=timedelta(hours=1))

        # Written without waiting for other members, so it is read so, too.
        collection = mongo.collections.get_collection("rate_limits", read_concern=ReadConcern("local"))
        (stored,) = await collection.find().to_list()

        assert stored["expires_at"].timestamp() == pytest.approx(stored["free_at"], abs=0.01)
        indexes = await collection.index_information()
        assert any(index.get("expireAfterSeconds") == 0 for index in indexes.values())
