import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.database import Database
from typing_extensions import override

from tests.contracts.conversion_repository import ConversionRepositoryContract, assert_that_one_worker_gets_it
from tests.contracts.examples import (
    ADA,
    NOW,
    SECOND,
    a_conversion,
    a_full_conversion,
    conversion_id,
    next_revision,
    numbered_events,
)
from tests.integration.conftest import MongoMaker
from tests.integration.shared_mongodb import SharedMongoDb
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ConversionExistsError,
    ConversionNotFoundError,
)
from tracklift_domain.extraction.options import AudioOptions

pytestmark = [pytest.mark.network, pytest.mark.shared_database]
Inside = Database[dict[str, Any]]


class TestMongoConversionRepository(ConversionRepositoryContract):
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

    @pytest.mark.measured_elsewhere
    async def test_of_the_writers_of_several_processes_one_wins(
        self, make_mongo: MongoMaker, conversions: MongoConversionRepository
    ) -> None:
        databases = [make_mongo() for _ in range(5)]
        of_processes = [MongoConversionRepository(database, MongoOutbox(database)) for database in databases]

        await assert_that_one_worker_gets_it(conversions, of_processes)

    async def test_a_conversion_that_the_release_before_stored_is_mailed_as_it_was(
        self, mongo_inside: Inside, conversions: MongoConversionRepository
    ) -> None:
        """It did not ask whether an address was verified, and leaves alone what this one stored of it."""
        await conversions.add(a_conversion())
        await conversions.add(a_full_conversion())
        mongo_inside["conversions"].update_one(
            {"_id": a_conversion().id}, {"$unset": {"owner.email_verified": ""}}
        )

        assert (await conversions.get(a_conversion().id)).owner.email_verified
        assert not (await conversions.get(a_full_conversion().id)).owner.email_verified

    async def test_fields_of_a_newer_version_are_ignored(
        self, mongo_inside: Inside, conversions: MongoConversionRepository
    ) -> None:
        """Wherever they stand, so that processes of both versions work side by side."""
        await conversions.add(a_full_conversion())
        add_unknown_fields(mongo_inside)

        assert await conversions.get(a_full_conversion().id) == a_full_conversion()
        assert list(await conversions.list_owned(ADA, limit=10)) == [a_full_conversion().in_list()]

    async def test_fields_of_a_newer_version_outlast_a_change_by_this_one(
        self, mongo_inside: Inside, conversions: MongoConversionRepository
    ) -> None:
        """What the user asked the newer version for is still there when it goes on with the conversion."""
        await conversions.add(a_full_conversion())
        add_unknown_fields(mongo_inside)
        changed = next_revision(a_full_conversion(), options=AudioOptions(bitrate=320))

        await conversions.replace(changed)

        assert await conversions.get(changed.id) == changed
        stored = mongo_inside["conversions"].find_one() or {}
        assert stored["options"]["reverb"] == "hall"
        assert stored["owner"]["name"] == "Ada"
        assert stored["source"]["codec"] == "av1"
        assert stored["mood"] == "good"

    async def test_options_that_an_older_version_did_not_store_take_their_defaults(
        self, mongo_inside: Inside, conversions: MongoConversionRepository
    ) -> None:
        await conversions.add(a_conversion())
        mongo_inside["conversions"].update_one({}, {"$set": {"options": {"bitrate": 320}}})

        assert (await conversions.get(conversion_id(1))).options == AudioOptions(bitrate=320)

    async def test_a_document_of_the_release_before_is_read_as_it_read_it(
        self, mongo_inside: Inside, conversions: MongoConversionRepository
    ) -> None:
        """It chose the first track by its number, and knew nothing of what an extraction tells now."""
        full = a_full_conversion()
        await conversions.add(full)
        unknown = ["options.chosen_track", "options.keep_delay", "source.track", "source.tracks"]
        unknown += ["audio.damage", "audio.chapters", "audio.peaks"]
        mongo_inside["conversions"].update_one(
            {}, {"$set": {"options.track": 1}, "$unset": dict.fromkeys(unknown, "")}
        )

        read = await conversions.get(full.id)

        assert full.audio is not None
        assert read == replace(
            full,
            options=replace(full.options, track=1, keep_delay=False),
            source=replace(full.source, track=None, tracks=()),
            audio=replace(full.audio, damage=None, chapters=(), peaks=b""),
        )

    async def test_a_damage_that_was_stored_without_a_missing_end_has_none(
        self, mongo_inside: Inside, conversions: MongoConversionRepository
    ) -> None:
        full = a_full_conversion()
        await conversions.add(full)
        mongo_inside["conversions"].update_one({}, {"$unset": {"audio.damage.cut_off": ""}})

        read = await conversions.get(full.id)

        assert full.audio is not None
        assert full.audio.damage is not None
        damage = replace(full.audio.damage, cut_off=None)
        assert read == replace(full, audio=replace(full.audio, damage=damage))

    @pytest.mark.parametrize(("track", "number"), [(None, 1), ("eng", 1), (3, 3)])
    async def test_the_release_before_finds_a_number_of_a_track(
        self,
        mongo_inside: Inside,
        conversions: MongoConversionRepository,
        track: int | str | None,
        number: int,
    ) -> None:
        await conversions.add(a_conversion(options=AudioOptions(track=track)))

        assert (mongo_inside["conversions"].find_one() or {})["options"]["track"] == number

    async def test_a_track_that_the_release_before_was_asked_for_meanwhile_counts(
        self, mongo_inside: Inside, conversions: MongoConversionRepository
    ) -> None:
        """It ends an upload that this one began, and leaves alone what it does not know."""
        await conversions.add(a_conversion(options=AudioOptions(track="eng")))
        mongo_inside["conversions"].update_one({}, {"$set": {"options.track": 2}})

        assert (await conversions.get(conversion_id(1))).options.track == 2

    async def test_a_time_without_offset_is_refused(self, conversions: MongoConversionRepository) -> None:
        """It is ambiguous, and would be read back as another time."""
        with pytest.raises(TypeError, match="offset-naive"):
            await conversions.add(a_conversion(updated_at=NOW.replace(tzinfo=None)))

        assert list(await conversions.list_owned(ADA, limit=10)) == []

    async def test_a_conversion_that_is_removed_leaves_its_events(
        self, mongo_inside: Inside, conversions: MongoConversionRepository, outbox: MongoOutbox
    ) -> None:
        """To everybody else it is gone at once; its document goes with the last event."""
        removed = a_conversion(1, idempotency_key="key", expires_at=NOW)
        await conversions.add(removed, numbered_events(2))
        await conversions.add(a_conversion(2), numbered_events(1, first=3))

        await conversions.remove(removed)

        with pytest.raises(ConversionNotFoundError):
            await conversions.get(removed.id)
        with pytest.raises(ConversionNotFoundError):
            await conversions.replace(next_revision(removed))
        with pytest.raises(ConversionNotFoundError):
            await conversions.remove(removed)
        assert await conversions.find_by_idempotency_key(ADA, "key") is None
        assert [one.id for one in await conversions.list_owned(ADA, limit=10)] == [conversion_id(2)]
        assert await conversions.count_active(ADA) == 1
        assert list(await conversions.list_due(NOW + SECOND, limit=10)) == []
        assert len(await conversions.list_stalled(NOW + SECOND, limit=10)) == 1
        assert list(await outbox.pending(limit=10)) == numbered_events(3)

        await outbox.mark_published([numbered_events(1)[0].id])
        assert mongo_inside["conversions"].count_documents({"_id": removed.id}) == 1
        await outbox.mark_published([event.id for event in numbered_events(3)])
        assert mongo_inside["conversions"].distinct("_id") == [conversion_id(2)]

    async def test_removing_while_the_last_event_is_published_leaves_no_document(
        self,
        mongo_inside: Inside,
        conversions: MongoConversionRepository,
        outbox: MongoOutbox,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Between the look at whether events wait and the mark that the outbox would see."""
        await conversions.add(a_conversion(), numbered_events(1))
        update_one = AsyncCollection.update_one

        async def update_late(*arguments: Any, **options: Any) -> Any:
            await outbox.mark_published([numbered_events(1)[0].id])
            return await update_one(*arguments, **options)

        monkeypatch.setattr(AsyncCollection, "update_one", update_late)
        await conversions.remove(a_conversion())

        assert mongo_inside["conversions"].count_documents({}) == 0

    async def test_the_id_of_a_removed_conversion_whose_events_wait_is_taken(
        self, conversions: MongoConversionRepository
    ) -> None:
        await conversions.add(a_conversion(), numbered_events(1))
        await conversions.remove(a_conversion())

        with pytest.raises(ConversionExistsError):
            await conversions.add(a_conversion())

    async def test_times_keep_their_microseconds_where_they_are_compared(
        self, conversions: MongoConversionRepository
    ) -> None:
        """MongoDB's own dates would take these for one and the same."""
        step = timedelta(microseconds=1)
        for number in range(3):
            moment = NOW + number * step
            await conversions.add(
                a_conversion(number, created_at=moment, updated_at=moment, expires_at=moment)
            )

        owned = await conversions.list_owned(ADA, limit=10)
        assert [one.created_at for one in owned] == [NOW + 2 * step, NOW + step, NOW]
        assert len(await conversions.list_due(NOW + step, limit=10)) == 2
        assert len(await conversions.list_stalled(NOW + step, limit=10)) == 1

    async def test_making_the_indexes_again_changes_nothing(
        self, mongo_inside: Inside, conversions: MongoConversionRepository
    ) -> None:
        before = mongo_inside["conversions"].index_information()

        await asyncio.gather(*(conversions.prepare() for _ in range(5)))

        assert mongo_inside["conversions"].index_information() == before

    @pytest.mark.parametrize("state", ConversionState)
    async def test_what_is_stored_can_be_read_in_the_database(
        self, mongo_inside: Inside, conversions: MongoConversionRepository, state: ConversionState
    ) -> None:
        await conversions.add(a_conversion(state=state))

        stored = mongo_inside["conversions"].find_one() or {}
        assert stored["_id"] == conversion_id(1)
        assert stored["state"] == state.value
        assert "lease" not in stored


def add_unknown_fields(inside: Inside) -> None:
    parts = ("owner.name", "source.codec", "options.reverb", "lease.host", "audio.loudness", "failure.hint")
    values = ("Ada", "av1", "hall", "h1", -14.0, "…")
    inside["conversions"].update_one({}, {"$set": {**dict(zip(parts, values, strict=True)), "mood": "good"}})
