import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

import pytest
from bson.int64 import Int64
from pymongo.database import Database
from typing_extensions import override

from tests.contracts.examples import a_conversion, next_revision, numbered_events
from tests.contracts.outbox import OutboxContract
from tests.integration.conftest import MongoMaker
from tests.integration.mongodb_writer import line_of, writer
from tests.integration.shared_mongodb import SharedMongoDb
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_domain.identifiers import EventId
from tracklift_runtime.cloud_events import encode_event

pytestmark = [pytest.mark.network, pytest.mark.shared_database]
ALL = 1000
Inside = Database[dict[str, Any]]


class TestMongoOutbox(OutboxContract):
    @pytest.fixture
    @override
    def outbox(self, mongo: MongoDatabase) -> MongoOutbox:
        return MongoOutbox(mongo)

    @pytest.fixture
    @override
    async def conversions(
        self, mongo: MongoDatabase, outbox: MongoOutbox, shared_mongodb: SharedMongoDb
    ) -> MongoConversionRepository:
        repository = MongoConversionRepository(mongo, outbox)
        await shared_mongodb.prepare(repository)
        return repository

    async def test_events_of_many_conversions_keep_the_order_in_which_they_were_stored(
        self, conversions: MongoConversionRepository, outbox: MongoOutbox
    ) -> None:
        """The oldest come first, however many conversions hold them and however few are asked for."""
        events = numbered_events(12)
        for number in range(3):
            await conversions.add(a_conversion(9 - number), [events[number]])
        for turn in (1, 2, 3):
            for number in range(3):
                stored = a_conversion(9 - number, revision=turn)
                await conversions.replace(next_revision(stored), [events[3 * turn + number]])

        for limit in (1, 2, 3, 5, 11, 12):
            assert list(await outbox.pending(limit=limit)) == events[:limit]
        await outbox.mark_published([event.id for event in events[:7:2]])
        left = [*events[1:7:2], *events[7:]]
        for limit in (1, 4, ALL):
            assert list(await outbox.pending(limit=limit)) == left[:limit]

    async def test_events_of_several_processes_keep_their_order(
        self, mongodb_url: str, conversions: MongoConversionRepository, outbox: MongoOutbox
    ) -> None:
        """Processes that take turns are put in the order of their turns; each one's own order holds anyway."""
        named: list[str] = []
        async with AsyncExitStack() as stack:
            writers = [
                await stack.enter_async_context(writer(mongodb_url, "turns", first))
                for first in ("100", "200")
            ]
            for turn in range(12):
                writing = writers[turn % 2]
                assert writing.stdin is not None
                writing.stdin.write(b"next\n")
                named.append(await line_of(writing))

        assert len(set(named)) == 12
        assert [event.subject for event in await outbox.pending(limit=ALL)] == named

    @pytest.mark.parametrize("limit", [1, 2, 3, ALL])
    async def test_unreadable_events_hold_up_no_other(
        self, mongo_inside: Inside, conversions: MongoConversionRepository, outbox: MongoOutbox, limit: int
    ) -> None:
        """However many there are, and wherever they stand."""
        await conversions.add(a_conversion(1), numbered_events(1))
        await conversions.add(a_conversion(2), numbered_events(2, first=2))
        store_unreadable(mongo_inside, "first", 5, place=1)
        store_unreadable(mongo_inside, "last", 5, place=2**62)
        spoil_between(mongo_inside, "00000000000000000000000000000002")

        assert list(await outbox.pending(limit=limit)) == numbered_events(3)[:limit]

    async def test_an_unreadable_event_is_logged_once(
        self, mongo_inside: Inside, outbox: MongoOutbox, caplog: pytest.LogCaptureFixture
    ) -> None:
        store_unreadable(mongo_inside, "broken", 2, place=1)

        with caplog.at_level(logging.WARNING):
            for _ in range(3):
                assert list(await outbox.pending(limit=ALL)) == []

        assert [record.getMessage().partition(" stays")[0] for record in caplog.records] == [
            "Event broken.0",
            "Event broken.1",
        ]

    async def test_an_event_of_a_newer_version_waits_for_a_process_that_knows_it(
        self, mongo_inside: Inside, conversions: MongoConversionRepository, outbox: MongoOutbox
    ) -> None:
        event = numbered_events(1)[0]
        await conversions.add(a_conversion(), [event])
        of_tomorrow = encode_event(event).replace("requested.v1", "requested.v9")
        mongo_inside["conversions"].update_one({}, {"$set": {"outbox.0.event": of_tomorrow}})
        assert list(await outbox.pending(limit=ALL)) == []

        mongo_inside["conversions"].update_one({}, {"$set": {"outbox.0.event": encode_event(event)}})

        assert list(await outbox.pending(limit=ALL)) == [event]

    async def test_events_outlast_the_process(
        self, make_mongo: MongoMaker, conversions: MongoConversionRepository
    ) -> None:
        await conversions.add(a_conversion(), numbered_events(2))

        assert list(await MongoOutbox(make_mongo()).pending(limit=ALL)) == numbered_events(2)

    @pytest.mark.measured_elsewhere
    async def test_events_are_taken_out_by_many_at_once(
        self, make_mongo: MongoMaker, mongo_inside: Inside, conversions: MongoConversionRepository
    ) -> None:
        """Five relays mark overlapping parts of what waits in one conversion and in others."""
        events = numbered_events(40)
        await conversions.add(a_conversion(1), events[:20])
        for number in range(20, 40):
            await conversions.add(a_conversion(number), [events[number]])
        outboxes = [MongoOutbox(make_mongo()) for _ in range(5)]

        await asyncio.gather(
            *(
                outbox.mark_published([event.id for event in events[first : first + 15]])
                for first, outbox in zip(range(0, 30, 6), outboxes, strict=True)
            )
        )

        assert list(await outboxes[0].pending(limit=ALL)) == events[39:]
        assert mongo_inside["conversions"].count_documents({"oldest_event": {"$exists": True}}) == 1

    async def test_an_id_that_looks_like_a_field_is_an_id(
        self, mongo_inside: Inside, outbox: MongoOutbox
    ) -> None:
        event = numbered_events(1)[0]
        store(mongo_inside, "odd", [("$place", 1, encode_event(event))])

        await outbox.mark_published([event.id])
        assert list(await outbox.pending(limit=ALL)) == [event]

        await outbox.mark_published([EventId("$place")])
        assert list(await outbox.pending(limit=ALL)) == []


def store(inside: Inside, name: str, entries: list[tuple[str, int, str]]) -> None:
    outbox = [{"id": key, "place": Int64(place), "event": event} for key, place, event in entries]
    inside["conversions"].insert_one({"_id": name, "outbox": outbox, "oldest_event": outbox[0]["place"]})


def store_unreadable(inside: Inside, name: str, count: int, *, place: int) -> None:
    """Make documents in whose outbox are texts that are no events."""
    for number in range(count):
        store(inside, f"{name}.{number}", [(f"{name}.{number}", place + number, '{"specversion": "1.0"')])


def spoil_between(inside: Inside, name: str) -> None:
    """Put an unreadable event in the middle of a document's."""
    document = inside["conversions"].find_one({"_id": name}) or {}
    spoiled = {"id": "spoiled", "place": Int64(document["outbox"][0]["place"] + 1), "event": "no JSON"}
    inside["conversions"].update_one(
        {"_id": name}, {"$push": {"outbox": {"$each": [spoiled], "$position": 1}}}
    )
