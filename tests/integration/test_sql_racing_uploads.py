"""Uploads race a user's limits in one process."""

import pytest

from tests.contracts.racing_uploads import LIMITS, assert_that_as_many_are_taken_as_fit
from tests.selection import thorough
from tracklift_adapters.sql.audio_ledger import SqlAudioLedger
from tracklift_adapters.sql.conversions import SqlConversionRepository
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.user_quotas import SqlUserQuotas


# In each run one of the limits here, and the other on MongoDB.
@pytest.mark.parametrize(
    ("limited", "count"),
    [("stored bytes", 14), *thorough((limited, 50) for limited in LIMITS)],
)
@pytest.mark.measured_elsewhere
async def test_exactly_as_many_uploads_get_through_as_fit(
    database: SqlDatabase, limited: str, count: int
) -> None:
    outbox = SqlOutbox(database)
    adapters = {
        "conversions": SqlConversionRepository(database, outbox),
        "outbox": outbox,
        "ledger": SqlAudioLedger(database),
        "user_quotas": SqlUserQuotas(database),
    }

    await assert_that_as_many_are_taken_as_fit([adapters], LIMITS[limited], count)
