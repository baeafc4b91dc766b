from datetime import timedelta

import pytest
from pymongo.read_concern import ReadConcern
from typing_extensions import override

from tests.contracts.guess_counts import POLICY, GuessCountsContract
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.guess_counts import MongoGuessCounts
from tracklift_domain.user.password.policies import GuessPolicy

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


class TestMongoGuessCounts(GuessCountsContract):
    @pytest.fixture(autouse=True)
    def _database(self, mongo: MongoDatabase) -> None:
        self.mongo = mongo

    @override
    def make(self, policy: GuessPolicy) -> MongoGuessCounts:
        return MongoGuessCounts(self.mongo, policy)

    async def test_each_further_guess_costs_twice_as_much_up_to_the_longest_wait(self) -> None:
        """The wait is taken out of the record each time, as nobody can wait so long."""
        counts = self.make(POLICY)
        guesses = self.mongo.collections.get_collection("guesses", read_concern=ReadConcern("local"))
        waits = []
        for _ in range(7):
            assert await counts.take("a") == 0
            (stored,) = await guesses.find().to_list()
            waits.append(stored["next_at"] - stored["last_at"])
            await guesses.update_one({"_id": "a"}, {"$set": {"next_at": 0.0}})

        assert waits == [pytest.approx(POLICY.wait_after(count).total_seconds()) for count in range(1, 8)]

    async def test_the_server_forgets_guesses_and_clients(self) -> None:
        counts = self.make(POLICY)
        await counts.prepare()
        await counts.take("a")
        await counts.remember(["client"])

        for name, age in (("guesses", POLICY.forgotten), ("known_clients", POLICY.known_for)):
            # Written without waiting for other members, so it is read so, too.
            collection = self.mongo.collections.get_collection(name, read_concern=ReadConcern("local"))
            lasts = {"$subtract": ["$expires_at", "$$NOW"]}
            (stored,) = await (await collection.aggregate([{"$set": {"lasts": lasts}}])).to_list()
            assert timedelta(milliseconds=stored["lasts"]) == pytest.approx(age, abs=timedelta(minutes=1))
            indexes = await collection.index_information()
            assert any(index.get("expireAfterSeconds") == 0 for index in indexes.values())
