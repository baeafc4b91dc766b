"""Uploads race a user's limits, at two gateways on one MongoDB."""

from collections.abc import Mapping

import pytest

from tests.contracts.racing_uploads import LIMITS, assert_that_as_many_are_taken_as_fit
from tests.integration.conftest import MongoMaker
from tests.selection import thorough
from tracklift_adapters.mongodb.audio_ledger import MongoAudioLedger
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.mongodb.user_quotas import MongoUserQuotas

pytestmark = [pytest.mark.network, pytest.mark.shared_database]


def adapters(database: MongoDatabase) -> Mapping[str, object]:
    """Give what one gateway has."""
    outbox = MongoOutbox(database)
    return {
        "conversions": MongoConversionRepository(database, outbox),
        "outbox": outbox,
        "ledger": MongoAudioLedger(database),
        "user_quotas": MongoUserQuotas(database),
    }


@pytest.mark.parametrize(
    ("limited", "count"),
    [("conversions in flight", 14), *thorough((limited, 50) for limited in LIMITS)],
)
@pytest.mark.measured_elsewhere
async def test_exactly_as_many_uploads_get_through_as_fit(
    mongo: MongoDatabase, make_mongo: MongoMaker, limited: str, count: int
) -> None:
    await MongoConversionRepository(mongo, MongoOutbox(mongo)).prepare()
    gateways = [adapters(mongo), adapters(make_mongo())]

    await assert_that_as_many_are_taken_as_fit(gateways, LIMITS[limited], count)
