import asyncio
import gc
import logging
import socket
import time
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pymongo import ReadPreference
from pymongo.database import Database
from pymongo.errors import PyMongoError

from tests.contracts.event_broker import until
from tests.contracts.examples import (
    ADA,
    NOW,
    a_conversion,
    next_revision,
    numbered_events,
)
from tests.contracts.media_store import FAR_AHEAD, VIDEO, Gate, listed, noise, put, read_all
from tests.integration.conftest import MongoMaker
from tests.integration.resetting_proxy import ResettingProxy
from tests.integration.shared_mongodb import SharedMongoDb
from tests.selection import thorough
from tests.servers.ports import free_port
from tests.servers.server import Server
from tracklift_adapters.mongodb.conversions import MongoConversionRepository
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.delivery_log import MongoDeliveryLog
from tracklift_adapters.mongodb.key_cache import MongoKeyCache
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.mongodb.outbox import MongoOutbox
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.errors import ServiceUnavailableError

pytestmark = [pytest.mark.network, pytest.mark.shared_database]
HURRIED = timedelta(seconds=0.5)
LONGEST = 10
"""Seconds after which a call that gives up after half a second has hung, on however loaded a machine."""
PATIENCE = 60
SECRET = "s3cr3t-p4ss"


@pytest.fixture
def mongodb_url(shared_mongodb: SharedMongoDb, mongodb_server: Server[Any]) -> str:
    """Name the database of this file, without any document, and without settings that users have not."""
    shared_mongodb.empty(patience=PATIENCE)
    return shared_mongodb.url


@dataclass
class Adapters:
    outbox: MongoOutbox
    conversions: MongoConversionRepository
    log: MongoDeliveryLog
    keys: MongoKeyCache
    media: GridFsMediaStore

    @classmethod
    def on(cls, database: MongoDatabase) -> "Adapters":
        outbox = MongoOutbox(database)
        return cls(
            outbox,
            MongoConversionRepository(database, outbox),
            MongoDeliveryLog(database),
            MongoKeyCache(database),
            GridFsMediaStore(database, SystemClock()),
        )

    async def prepare(self) -> None:
        for part in (self.conversions, self.log, self.media):
            await part.prepare()


Call = Callable[[Adapters], Awaitable[object]]
CALLS: dict[str, Call] = {
    "conversions.prepare": lambda a: a.conversions.prepare(),
    "conversions.add": lambda a: a.conversions.add(a_conversion(), numbered_events(1)),
    "conversions.replace": lambda a: a.conversions.replace(a_conversion()),
    "conversions.remove": lambda a: a.conversions.remove(a_conversion()),
    "conversions.get": lambda a: a.conversions.get(a_conversion().id),
    "conversions.find_by_idempotency_key": lambda a: a.conversions.find_by_idempotency_key(ADA, "key"),
    "conversions.list_owned": lambda a: a.conversions.list_owned(ADA, limit=1),
    "conversions.count_active": lambda a: a.conversions.count_active(ADA),
    "conversions.total_stored": lambda a: a.conversions.total_stored(ADA),
    "conversions.list_due": lambda a: a.conversions.list_due(NOW, limit=1),
    "conversions.list_stalled": lambda a: a.conversions.list_stalled(NOW, limit=1),
    "outbox.pending": lambda a: a.outbox.pending(limit=1),
    "outbox.mark_published": lambda a: a.outbox.mark_published([numbered_events(1)[0].id]),
    "log.prepare": lambda a: a.log.prepare(),
    "log.claim": lambda a: a.log.claim("key", now=NOW, until=NOW),
    "log.record_sent": lambda a: a.log.record_sent("key", NOW),
    "log.release": lambda a: a.log.release("key"),
    "log.forget_before": lambda a: a.log.forget_before(NOW),
    "keys.load": lambda a: a.keys.load(),
    "keys.store": lambda a: a.keys.store({"keys": []}),
    "media.prepare": lambda a: a.media.prepare(),
    "media.write": lambda a: put(a.media, VIDEO, b"abc"),
    "media.write, large": lambda a: put(a.media, VIDEO, noise(5_000_000)),
    "media.describe": lambda a: a.media.describe(VIDEO),
    "media.read": lambda a: read_all(a.media, VIDEO),
    "media.open_seekable": lambda a: a.media.open_seekable(VIDEO),
    "media.delete": lambda a: a.media.delete(VIDEO),
    "media.list_stored_before": lambda a: listed(a.media),
    "media.sweep_unfinished": lambda a: a.media.sweep_unfinished(FAR_AHEAD),
}
INDEXING = {name for name in CALLS if name.endswith("prepare")}
"""These may take as long as an index needs."""


async def answers(database: MongoDatabase, names: set[str]) -> dict[str, str]:
    """Make calls all at once, and tell how each went."""
    adapters = Adapters.on(database)

    async def answer(name: str) -> str:
        began = time.monotonic()
        try:
            await CALLS[name](adapters)
        except ServiceUnavailableError:
            took = time.monotonic() - began
            return "unavailable" if took < LONGEST else f"unavailable after {took:.1f} s"
        except Exception as error:  # noqa: BLE001 (shown by the test)
            return repr(error)
        return "done"

    return dict(zip(names, await asyncio.gather(*map(answer, names)), strict=True))


async def test_every_call_says_that_the_server_is_away(mongodb_url: str, make_mongo: MongoMaker) -> None:
    """Within the patience, whether the server never was there or went away behind open connections."""
    nowhere = make_mongo(f"mongodb://127.0.0.1:{free_port()}/?directConnection=true", patience=HURRIED)
    async with ResettingProxy(mongodb_url, smallest=2**60, largest=2**60) as proxy:
        gone = make_mongo(proxy.url, patience=HURRIED)
        await Adapters.on(gone).prepare()
    # Connections are reset and refused now, as by a machine whose server was killed.

    for database in (nowhere, gone):
        assert await answers(database, set(CALLS)) == dict.fromkeys(CALLS, "unavailable")


@pytest.mark.kill
async def test_every_call_gives_a_frozen_server_up(
    mongodb_server: Server[Any], make_mongo: MongoMaker
) -> None:
    """A network that swallows packets looks like this, and says nothing for minutes."""
    database = make_mongo(patience=HURRIED)
    await Adapters.on(database).prepare()
    names = set(CALLS) - INDEXING
    mongodb_server.pause()

    assert await answers(database, names) == dict.fromkeys(names, "unavailable")


@pytest.mark.kill
async def test_a_database_is_closed_behind_a_frozen_servers_back(
    mongodb_server: Server[Any], mongo: MongoDatabase
) -> None:
    """It would like to say good-bye, and does not wait long for an answer."""
    adapters = Adapters.on(mongo)
    await adapters.prepare()
    await put(adapters.media, VIDEO, b"abc")
    await adapters.media.close()
    assert await asyncio.to_thread((await adapters.media.open_seekable(VIDEO)).read) == b"abc"
    mongodb_server.pause()

    async with asyncio.timeout(LONGEST):
        await mongo.close()


async def test_a_connection_that_is_broken_off_is_closed_at_once(make_mongo: MongoMaker) -> None:
    """The driver by itself leaves it to the garbage collector."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, socket.socket() as other:
        port = server.getsockname()[1]
        # The server's queue is full, so it answers nobody else.
        other.connect(server.getsockname())
        mongo = make_mongo(f"mongodb://127.0.0.1:{port}/?directConnection=true")
        call = asyncio.create_task(mongo.collections.command("ping"))
        await until(lambda: connecting_to(port) > 0)

        gc.disable()
        try:
            await mongo.close()
            left = connecting_to(port)
        finally:
            gc.enable()
        with pytest.raises(PyMongoError):
            await call

    assert left == 0


def connecting_to(port: int) -> int:
    """Count the sockets of this machine that wait to be connected to a port of it."""
    table = Path("/proc/net/tcp").read_text("ascii").splitlines()[1:]
    # proc(5): the address of the other end, then the state, of which 02 is SYN_SENT.
    return sum(line.split()[2].endswith(f":{port:04X}") and line.split()[3] == "02" for line in table)


async def recovered(call: Callable[[], Awaitable[object]]) -> None:
    """Repeat a call until it succeeds; the driver needs a moment to see that the server is back."""
    async with asyncio.timeout(PATIENCE):
        while True:
            try:
                await call()
            except ServiceUnavailableError:
                continue
            return


@pytest.mark.kill
@pytest.mark.parametrize("way", ["kill", *thorough(["pause", "stop"])])
async def test_work_goes_on_when_the_server_is_back(
    mongodb_server: Server[Any], make_mongo: MongoMaker, way: str
) -> None:
    """In the same process, over the same objects, and with all that was answered before."""
    database = make_mongo(patience=HURRIED)
    adapters = Adapters.on(database)
    await adapters.prepare()
    await adapters.conversions.add(a_conversion(), numbered_events(1))
    await put(adapters.media, VIDEO, noise(3_000_000))
    await asyncio.to_thread(getattr(mongodb_server, way))
    with pytest.raises(ServiceUnavailableError):
        await adapters.conversions.get(a_conversion().id)

    await asyncio.to_thread(mongodb_server.start)

    await recovered(lambda: adapters.conversions.get(a_conversion().id))
    await recovered(lambda: read_all(adapters.media, VIDEO))
    assert await adapters.conversions.get(a_conversion().id) == a_conversion()
    assert list(await adapters.outbox.pending(limit=10)) == numbered_events(1)
    assert await read_all(adapters.media, VIDEO) == noise(3_000_000)
    await adapters.conversions.replace(next_revision(a_conversion()))
    await put(adapters.media, VIDEO, b"new")
    await adapters.media.close()


async def test_a_short_absence_is_not_noticed(mongodb_url: str, make_mongo: MongoMaker) -> None:
    """As when a replica set chooses a new primary: who calls meanwhile waits a little longer, and that is all."""
    async with ResettingProxy(mongodb_url, smallest=2**60, largest=2**60) as proxy:
        # As patient as a loaded machine makes necessary.
        adapters = Adapters.on(make_mongo(proxy.url, patience=timedelta(seconds=PATIENCE)))
        await adapters.prepare()
        await adapters.conversions.add(a_conversion(1))
        gate = Gate([noise(5_000_000)], [noise(5_000_000, 2)])
        upload = asyncio.create_task(adapters.media.write(VIDEO, gate.chunks()))
        await gate.reached.wait()
        # Connections are reset and refused, as if the server were killed.
        await proxy.close()
        gate.opened.set()
        reading = asyncio.create_task(adapters.conversions.get(a_conversion(1).id))
        adding = asyncio.create_task(adapters.conversions.add(a_conversion(2), numbered_events(1)))
        await asyncio.wait({reading, adding, upload}, timeout=0.5)
        assert not any(call.done() for call in (reading, adding, upload))
        await proxy.open()

        assert await reading == a_conversion(1)
        await adding
        await upload

        assert await read_all(adapters.media, VIDEO) == noise(5_000_000) + noise(5_000_000, 2)
        await adapters.media.close()


@pytest.mark.kill
async def test_an_upload_that_an_outage_interrupts_is_left_to_the_sweep(
    mongodb_server: Server[Any],
    make_mongo: MongoMaker,
    mongo: MongoDatabase,
    mongo_inside: Database[dict[str, Any]],
) -> None:
    """What was sent to the frozen server may still arrive, so nothing short of a sweep can know that all is gone."""
    hurried = Adapters.on(make_mongo(patience=HURRIED))
    await hurried.prepare()
    gate = Gate([noise(5_000_000)], [noise(5_000_000, 2)])
    upload = asyncio.create_task(hurried.media.write(VIDEO, gate.chunks()))
    await gate.reached.wait()
    await asyncio.to_thread(mongodb_server.pause)
    gate.opened.set()
    with pytest.raises(ServiceUnavailableError):
        await upload
    await asyncio.to_thread(mongodb_server.resume)

    media = GridFsMediaStore(mongo, SystemClock())
    assert await listed(media) == set()
    assert await media.sweep_unfinished(FAR_AHEAD) == 1
    assert mongo_inside["media.chunks"].count_documents({}) == 0
    assert mongo_inside["media.writes"].count_documents({}) == 0


@pytest.mark.kill
async def test_a_cancelled_upload_to_a_frozen_server_is_cancelled(
    mongodb_server: Server[Any], make_mongo: MongoMaker
) -> None:
    """Not an outage, and not endless."""
    hurried = Adapters.on(make_mongo(patience=HURRIED))
    await hurried.prepare()
    gate = Gate([noise(5_000_000)])
    upload = asyncio.create_task(hurried.media.write(VIDEO, gate.chunks()))
    await gate.reached.wait()
    mongodb_server.pause()
    upload.cancel()

    async with asyncio.timeout(LONGEST):
        with pytest.raises(asyncio.CancelledError):
            await upload


async def test_conversions_cancelled_at_any_time_are_stored_whole_or_not_at_all(
    mongo: MongoDatabase,
) -> None:
    """Each write is cut off some steps of the event loop later than the one before, until one is done by then."""
    adapters = Adapters.on(mongo)
    await adapters.prepare()
    number = 0
    cancelled = True
    while cancelled:
        number += 1
        write = adapters.conversions.add(a_conversion(number), numbered_events(1, first=number))
        writing = asyncio.ensure_future(write)
        for _ in range(number):
            await asyncio.sleep(0.0001)
        cancelled = writing.cancel()
        await asyncio.wait({writing})
        assert writing.cancelled() is cancelled

    # A write that was cut off may still be on its way to the server.
    stored = {conversion.id for conversion in await adapters.conversions.list_owned(ADA, limit=1000)}
    events = {event.subject for event in await adapters.outbox.pending(limit=1000)}
    assert a_conversion(number).id in stored
    assert stored <= events
    for subject in events - stored:
        await adapters.conversions.get(a_conversion().id.__class__(subject))


async def test_after_it_is_closed_every_call_is_an_outage(mongo: MongoDatabase) -> None:
    """Closing twice is not an error."""
    await Adapters.on(mongo).prepare()
    await mongo.close()
    await mongo.close()

    assert await answers(mongo, set(CALLS)) == dict.fromkeys(CALLS, "unavailable")


async def test_what_is_no_url_is_refused_without_telling_the_password() -> None:
    for url in (
        "",
        "no url",
        f"mysql://ada:{SECRET}@localhost/db",
        f"mongodb://ada:{SECRET}@local@host/db",
        f"mongodb://ada:{SECRET}@/db",
        f"mongodb://ada:{SECRET}@localhost:nowhere/db",
        f"mongodb://ada:{SECRET}@localhost/a b",
        f"mongodb://ada:{SECRET}@localhost/db?timeoutMS={SECRET}",
        f"mongodb://ada:{SECRET}@localhost/db?patience=5",
        f"mongodb://ada:{SECRET}@[localhost/db",
    ):
        with pytest.raises(
            ValueError, match=r"^this is not a URL of a MongoDB, or it has a wrong setting$"
        ) as caught:
            MongoDatabase(url)
        assert SECRET not in "".join(traceback.format_exception(caught.value))


@pytest.mark.measured_elsewhere
async def test_the_password_is_told_nowhere(
    mongodb_url: str, make_mongo: MongoMaker, caplog: pytest.LogCaptureFixture
) -> None:
    """Not when no server answers, not when the server refuses it, and not in the driver's own logs."""
    caplog.set_level(logging.DEBUG, "pymongo")
    refusing = mongodb_url.replace("mongodb://", f"mongodb://ada:{SECRET}@")
    nowhere = f"mongodb://ada:{SECRET}@127.0.0.1:{free_port()}/db?directConnection=true"
    for url in (refusing, nowhere):
        database = make_mongo(url, patience=HURRIED)
        calls = [call(Adapters.on(database)) for call in CALLS.values()]
        for error in await asyncio.gather(*calls, return_exceptions=True):
            assert isinstance(error, ServiceUnavailableError)
            assert error.reason
            assert SECRET not in "".join(traceback.format_exception(error))
        assert SECRET not in repr(vars(database))
    assert caplog.records
    assert SECRET not in caplog.text


async def test_the_reason_is_one_line_without_the_cluster(make_mongo: MongoMaker) -> None:
    database = make_mongo(f"mongodb://127.0.0.1:{free_port()}/db", patience=HURRIED)

    with pytest.raises(ServiceUnavailableError) as caught:
        await Adapters.on(database).keys.load()

    assert "Connect call failed" in caught.value.reason
    assert "Topology" not in caught.value.reason
    assert "\n" not in caught.value.reason


async def test_the_url_can_not_make_writes_less_durable_or_reads_older(
    mongodb_url: str, make_mongo: MongoMaker
) -> None:
    """Somebody's default of another program, say; a copy that lags behind would show old revisions."""
    url = f"{mongodb_url}&w=0&journal=false&readPreference=secondary&readConcernLevel=local"
    database = make_mongo(url)

    for handle in (database.collections, database.blocking):
        assert handle.write_concern.document == {"w": "majority", "j": True}
        assert handle.read_concern.level == "majority"
        assert handle.read_preference == ReadPreference.PRIMARY
    adapters = Adapters.on(database)
    await adapters.prepare()
    await adapters.conversions.add(a_conversion())
    with pytest.raises(ConversionNotFoundError):
        await adapters.conversions.replace(a_conversion(2))


async def test_the_url_can_change_how_the_driver_works(mongodb_url: str, make_mongo: MongoMaker) -> None:
    """Its time limit, for one."""
    database = make_mongo(f"{mongodb_url}&timeoutMS=1234&appName=mine")

    assert database.collections.client.options.timeout == 1.234
    assert database.collections.client.options.pool_options.appname == "mine"
    assert database.collections.client.options.server_selection_timeout == 15


async def test_the_database_is_named_by_the_url(mongodb_url: str, make_mongo: MongoMaker) -> None:
    assert make_mongo().collections.name in mongodb_url
    assert make_mongo("mongodb://127.0.0.1").collections.name == "tracklift"
    assert make_mongo("mongodb://a,b,c/other?replicaSet=rs0").blocking.name == "other"


def test_a_database_can_be_made_before_there_is_a_loop(mongodb_url: str) -> None:
    """And without a name service, which only the first call asks."""
    database = MongoDatabase(mongodb_url)
    MongoDatabase("mongodb+srv://cluster.example.invalid/db")

    async def use() -> None:
        await put(media := GridFsMediaStore(database, SystemClock()), VIDEO, b"abc")
        await media.close()
        await database.close()

    asyncio.run(use())
