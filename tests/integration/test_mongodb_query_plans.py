from typing import Any

import pytest
from pymongo.database import Database

from tests.contracts.examples import ADA, NOW, SECOND, a_conversion, numbered_events, requested
from tests.contracts.media_store import FAR_AHEAD, VIDEO, listed, noise, put, read_all
from tests.integration.shared_mongodb import SharedMongoDb
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.delivery_log import MongoDeliveryLog
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.ports import ListPosition
from tracklift_domain.identifiers import EventId

pytestmark = [pytest.mark.network, pytest.mark.shared_database, pytest.mark.measured_elsewhere]
Entry = dict[str, Any]
MANY = 120


class Profile:
    """What the server notes of each operation: its plan, and how much it looked at."""

    def __init__(self, inside: Database[Entry]) -> None:
        self._inside = inside

    def begin(self) -> None:
        self._inside.command("profile", 0)
        self._inside["system.profile"].drop()
        self._inside.command("profile", 2)

    def end(self) -> list[Entry]:
        self._inside.command("profile", 0)
        return list(self._inside["system.profile"].find({"planSummary": {"$exists": True}}))


@pytest.fixture
def profile(mongo_inside: Database[Entry]) -> Profile:
    return Profile(mongo_inside)


@pytest.fixture
def outbox(mongo: MongoDatabase) -> MongoOutbox:
    return MongoOutbox(mongo)


@pytest.fixture
async def conversions(
    mongo: MongoDatabase, outbox: MongoOutbox, shared_mongodb: SharedMongoDb
) -> MongoConversionRepository:
    """Give a repository of several conversions, a few of which have events that wait."""
    conversions = MongoConversionRepository(mongo, outbox)
    await shared_mongodb.prepare(conversions)
    for number in range(MANY):
        moment = NOW + number * SECOND
        state = list(ConversionState)[number % len(ConversionState)]
        await conversions.add(
            a_conversion(
                number,
                state=state,
                created_at=moment,
                updated_at=moment,
                expires_at=moment,
                unconfirmed_since=moment if number % 3 == 0 else None,
            ),
            [requested(a_conversion(number))] if number % 10 == 0 else [],
        )
    return conversions


async def test_no_call_of_the_conversions_reads_a_whole_collection(
    conversions: MongoConversionRepository, outbox: MongoOutbox, profile: Profile
) -> None:
    """Each finds its documents by an index, so that it stays fast with a million others around."""
    one = await conversions.get(a_conversion(10).id)
    other = await conversions.get(a_conversion(11).id)
    position = ListPosition(NOW, one.id)
    profile.begin()
    await conversions.get(one.id)
    await conversions.find_by_idempotency_key(ADA, "key")
    await conversions.list_owned(ADA, limit=5)
    await conversions.list_owned(ADA, limit=5, after=position)
    await conversions.list_owned(ADA, limit=5, after=position, state=ConversionState.FAILED)
    await conversions.list_all(limit=5)
    await conversions.list_all(limit=5, after=position, state=ConversionState.FAILED)
    await conversions.count_in_state(ConversionState.FAILED, most=5)
    await conversions.count_active(ADA)
    await conversions.count_active(ADA, before=position)
    await conversions.total_stored(ADA)
    await conversions.total_stored(ADA, before=position)
    await conversions.list_due(NOW, limit=5)
    await conversions.list_stalled(NOW, limit=5)
    await conversions.list_unconfirmed(NOW, limit=5)
    await conversions.note_announcement(one, NOW)
    await conversions.note_announcement(one, None)
    await conversions.remove(one)
    await conversions.remove(other)
    await outbox.pending(limit=5)
    await outbox.mark_published([requested(one).id, EventId("b")])

    operations = profile.end()

    assert len(operations) >= 15
    assert scans(operations) == []


async def test_no_call_of_the_delivery_log_reads_a_whole_collection(
    mongo: MongoDatabase, profile: Profile
) -> None:
    log = MongoDeliveryLog(mongo)
    await log.prepare()
    await log.record_sent("old", NOW)
    profile.begin()
    for _ in range(2):
        await log.claim("key", now=NOW, until=NOW)
    await log.record_sent("key", NOW)
    await log.release("key")
    await log.forget_before(NOW)

    operations = profile.end()

    assert len(operations) >= 6
    assert scans(operations) == []


async def test_no_call_of_the_media_store_reads_a_whole_collection(
    mongo: MongoDatabase, profile: Profile
) -> None:
    store = GridFsMediaStore(mongo, SystemClock())
    await store.prepare()
    for _ in range(2):
        await put(store, VIDEO, noise(600_000))
    await store.close()
    profile.begin()
    await put(store, VIDEO, noise(600_000))
    await store.close()
    await store.describe(VIDEO)
    await read_all(store, VIDEO, 300_000)
    (await store.open_seekable(VIDEO)).read(10)
    await listed(store)
    await store.sweep_unfinished(FAR_AHEAD)
    await store.delete(VIDEO)

    operations = profile.end()

    assert len(operations) >= 12
    assert scans(operations) == []


async def test_a_page_costs_what_it_holds_and_not_what_the_owner_has(
    conversions: MongoConversionRepository, profile: Profile
) -> None:
    """It comes out of an index in its order, from the place where it begins."""
    middle = await conversions.get(a_conversion(MANY // 2).id)
    position = ListPosition(middle.created_at, middle.id)
    profile.begin()
    for state in (None, ConversionState.FAILED):
        for after in (None, position):
            await conversions.list_owned(ADA, limit=5, state=state, after=after)
    await conversions.list_due(NOW + MANY * SECOND, limit=5)
    await conversions.list_stalled(NOW + MANY * SECOND, limit=5)
    await conversions.list_unconfirmed(NOW + MANY * SECOND, limit=5)

    operations = profile.end()

    assert len(operations) == 7
    assert [operation.get("hasSortStage", False) for operation in operations] == [False] * 7
    assert max(operation["docsExamined"] for operation in operations) <= 10
    assert max(operation["keysExamined"] for operation in operations) <= 15


async def test_looking_for_events_costs_what_is_asked_for_and_not_what_waits(
    conversions: MongoConversionRepository, outbox: MongoOutbox, profile: Profile
) -> None:
    """An outage of the broker gathers events, and each batch of them must not look at all the others."""
    await conversions.add(a_conversion(MANY), numbered_events(10))
    profile.begin()

    events = await outbox.pending(limit=5)

    (operation,) = profile.end()
    assert len(events) == 5
    assert operation["docsExamined"] <= 5


def scans(operations: list[Entry]) -> list[Entry]:
    return [
        {"plan": operation["planSummary"], "command": operation.get("command")}
        for operation in operations
        if "COLLSCAN" in operation["planSummary"]
    ]
