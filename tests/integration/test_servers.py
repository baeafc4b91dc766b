"""The servers that integration tests rely on: they serve, they keep what they acknowledged, and they leave nothing."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pika
import pymongo
import pytest
from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError
from pymongo import MongoClient, WriteConcern
from pymongo.errors import PyMongoError
from sqlalchemy import make_url, text
from sqlalchemy.exc import DBAPIError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from tests.servers.mariadb import MySqlEndpoint
from tests.servers.mongodb import MongoDbEndpoint
from tests.servers.rabbitmq import RabbitMqEndpoint
from tests.servers.server import Server

pytestmark = pytest.mark.network

ROOT = Path(__file__).resolve().parents[2]
DURABLE = WriteConcern("majority", j=True)
PERSISTENT = pika.BasicProperties(delivery_mode=pika.DeliveryMode.Persistent)


@pytest.fixture
def mongo(mongodb_url: str) -> Iterator[MongoClient[dict[str, Any]]]:
    """Give a client that soon gives up."""
    client: MongoClient[dict[str, Any]] = MongoClient(mongodb_url, serverSelectionTimeoutMS=3000)
    with contextlib.closing(client):
        yield client


def mysql_engine(url: str) -> AsyncEngine:
    return create_async_engine(make_url(url).set(drivername="mysql+asyncmy"))


@contextlib.contextmanager
def amqp_channel(url: str) -> Iterator[BlockingChannel]:
    """Give a channel with publisher confirms."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    channel = connection.channel()
    channel.confirm_delivery()
    yield channel
    connection.close()


class TestMongoDb:
    """MongoDB runs as a replica set with a primary."""

    def test_it_commits_transactions_and_streams_changes(self, mongo: MongoClient[dict[str, Any]]) -> None:
        """Both work on replica sets only, and both are what the adapters build on."""
        things = mongo.get_default_database().create_collection("things")
        with things.watch() as changes, mongo.start_session() as session:
            with session.start_transaction(write_concern=DURABLE):
                things.insert_one({"_id": 1, "name": "Ä"}, session=session)
            change = changes.next()
        assert change["fullDocument"] == {"_id": 1, "name": "Ä"}

    def test_two_tests_do_not_share_a_database(
        self, mongodb_url: str, mongo: MongoClient[dict[str, Any]]
    ) -> None:
        """Each test finds its database empty."""
        assert mongo.get_default_database().name in mongodb_url
        assert mongo.get_default_database().list_collection_names() == []

    # In each run, MongoDB is killed beneath the adapters, which lose nothing; see test_mongodb_durability.
    @pytest.mark.thorough
    @pytest.mark.kill
    def test_what_it_acknowledged_survives_kill_9(
        self, mongodb_server: Server[MongoDbEndpoint], mongo: MongoClient[dict[str, Any]]
    ) -> None:
        """A document written with majority and journal is there after a restart on the same port."""
        things = mongo.get_default_database().get_collection("things", write_concern=DURABLE)
        for number in range(50):
            things.insert_one({"_id": number})
        mongodb_server.kill()
        with pytest.raises(PyMongoError), pymongo.timeout(1):
            things.find_one()
        mongodb_server.start()
        assert things.count_documents({}) == 50

    @pytest.mark.kill
    def test_a_paused_server_answers_nothing_until_it_is_resumed(
        self, mongodb_server: Server[MongoDbEndpoint], mongo: MongoClient[dict[str, Any]]
    ) -> None:
        """The connection stays open, so only a time limit helps the client."""
        mongo.admin.command("ping")
        mongodb_server.pause()
        with pytest.raises(PyMongoError), pymongo.timeout(0.5):
            mongo.admin.command("ping")
        mongodb_server.resume()
        assert mongo.admin.command("ping")["ok"] == 1


class TestMySql:
    """MySQL or MariaDB."""

    async def test_it_keeps_any_character(self, mysql_url: str) -> None:
        """Text comes back as it went in, with four-byte characters."""
        engine = mysql_engine(mysql_url)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE things (name VARCHAR(20) NOT NULL)"))
            await connection.execute(text("INSERT INTO things VALUES (:name)"), {"name": "Ж🎬"})
        async with engine.connect() as connection:
            assert (await connection.execute(text("SELECT name FROM things"))).scalar_one() == "Ж🎬"
        await engine.dispose()

    async def test_it_refuses_what_does_not_fit_a_column(self, mysql_url: str) -> None:
        """It is as strict as MySQL is by default, and does not cut text off in silence."""
        engine = mysql_engine(mysql_url)
        async with engine.connect() as connection:
            await connection.execute(text("CREATE TABLE things (name VARCHAR(3) NOT NULL)"))
            with pytest.raises(DBAPIError, match="Data too long"):
                await connection.execute(text("INSERT INTO things VALUES ('four')"))
        await engine.dispose()

    async def test_a_test_may_use_its_own_database_only(self, mysql_url: str) -> None:
        """The user has no rights elsewhere, as in production."""
        engine = mysql_engine(mysql_url)
        async with engine.connect() as connection:
            with pytest.raises(DBAPIError, match="denied"):
                await connection.execute(text("CREATE DATABASE another"))
        await engine.dispose()

    @pytest.mark.kill
    async def test_what_it_committed_survives_kill_9(
        self, mysql_server: Server[MySqlEndpoint], mysql_url: str
    ) -> None:
        """A committed row is there after a restart on the same port; one that was not committed is not."""
        engine = mysql_engine(mysql_url)
        async with engine.begin() as connection:
            await connection.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY)"))
        for number in range(50):
            async with engine.begin() as connection:
                await connection.execute(text("INSERT INTO things VALUES (:id)"), {"id": number})
        connection = await engine.connect()
        await connection.execute(text("INSERT INTO things VALUES (1000)"))
        mysql_server.kill()
        with pytest.raises(OperationalError):
            await connection.commit()
        await connection.invalidate()
        await connection.close()
        mysql_server.start()
        async with engine.connect() as connection:
            numbers = (await connection.execute(text("SELECT id FROM things ORDER BY id"))).scalars().all()
        await engine.dispose()
        assert numbers == list(range(50))


class TestRabbitMq:
    """RabbitMQ with its management API."""

    def test_it_hands_a_confirmed_message_on(self, rabbitmq_url: str) -> None:
        """A message goes through a quorum queue."""
        with amqp_channel(rabbitmq_url) as channel:
            channel.queue_declare("things", durable=True, arguments={"x-queue-type": "quorum"})
            channel.basic_publish("", "things", b"one", PERSISTENT, mandatory=True)
            got, _, body = channel.basic_get("things")
            assert got is not None
            assert got.delivery_tag is not None
            channel.basic_ack(got.delivery_tag)
            assert body == b"one"

    def test_its_management_api_knows_the_virtual_host(
        self, rabbitmq_server: Server[RabbitMqEndpoint], rabbitmq_url: str
    ) -> None:
        """Each test has a virtual host of its own, in which nothing is left over."""
        host = rabbitmq_url.rpartition("/")[2]
        with amqp_channel(rabbitmq_url):
            assert rabbitmq_server.endpoint.ask("GET", f"/api/queues/{host}") == []

    # In each run, a broker is killed beneath the adapter, which loses nothing; see test_rabbitmq_failures.
    @pytest.mark.thorough
    @pytest.mark.kill
    def test_what_it_confirmed_survives_kill_9(
        self, rabbitmq_server: Server[RabbitMqEndpoint], rabbitmq_url: str
    ) -> None:
        """Confirmed messages are in the quorum queue after a restart on the same port."""
        connection = pika.BlockingConnection(pika.URLParameters(rabbitmq_url))
        channel = connection.channel()
        channel.confirm_delivery()
        channel.queue_declare("things", durable=True, arguments={"x-queue-type": "quorum"})
        # For RabbitMQ 3.10 writes the name of a new queue to disk half a second later. Killed before that, it comes
        # back with a queue that never works again.
        declared, confirmed = time.monotonic(), 0
        while time.monotonic() < declared + 2:
            channel.basic_publish("", "things", str(confirmed).encode(), PERSISTENT, mandatory=True)
            confirmed += 1
        rabbitmq_server.kill()
        with pytest.raises(AMQPError):
            channel.basic_publish("", "things", b"lost", PERSISTENT, mandatory=True)
        rabbitmq_server.start()
        with amqp_channel(rabbitmq_url) as channel:
            bodies: list[bytes | None] = []
            for _, _, body in channel.consume("things", auto_ack=True, inactivity_timeout=20):
                bodies.append(body)
                if len(bodies) == confirmed or body is None:
                    break
            channel.cancel()
        assert bodies == [str(number).encode() for number in range(confirmed)]


@pytest.mark.kill
class TestGuard:
    """A server never outlives the process that started it."""

    STARTER = """
import sys
from pathlib import Path
from tests.servers.guarded_process import GuardedProcess

folder = Path(sys.argv[1])
# A server with a child of its own; both ignore what can be ignored.
script = "trap '' INT TERM HUP; sleep 600 & echo $$ $!; wait; wait"
process = GuardedProcess(["/bin/sh", "-c", script], folder=folder, log=folder / "log", environment={})
print(process.pid, flush=True)
sys.stdin.read()
"""

    @pytest.fixture
    def folder(self, tmp_path: Path) -> Path:
        """Make the server's folder."""
        folder = tmp_path / "server"
        folder.mkdir()
        return folder

    @pytest.fixture
    def starter(self, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
        """Start a process that starts a server and tells its id."""
        starter = subprocess.Popen(
            [sys.executable, "-c", self.STARTER, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        with starter:
            yield starter
            starter.kill()

    @pytest.fixture
    def server(self, starter: subprocess.Popen[bytes]) -> Iterator[int]:
        """Give the server's id, which is its group's as well; whatever a test finds, it ends with it."""
        assert starter.stdout is not None
        server = int(starter.stdout.readline())
        guard = int(status(server)["PPid"])
        yield server
        for group in (guard, server):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(group, signal.SIGKILL)

    def test_it_goes_with_its_starter_and_its_folder_too(
        self, starter: subprocess.Popen[bytes], server: int, folder: Path
    ) -> None:
        """Killed without a chance to clean up, the starter leaves neither processes nor data."""
        wait_until(lambda: (folder / "log").read_text().endswith("\n"))
        assert {str(server)} < set((folder / "log").read_text().split())
        starter.kill()
        wait_until(lambda: not members(server))
        wait_until(lambda: not folder.exists())

    def test_it_goes_when_its_guard_is_killed(self, server: int) -> None:
        """Even then nobody has to look for it."""
        os.kill(int(status(server)["PPid"]), signal.SIGKILL)
        wait_until(lambda: server not in members(server))


def members(group: int) -> list[int]:
    """Give the processes of a group that have not ended."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # After the name, which may hold anything: state, parent, group.
            state, _, its_group = (folder / "stat").read_text().rpartition(") ")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(int(folder.name))
    return found


def status(process: int) -> dict[str, str]:
    """Read what the kernel tells of a process."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return {name: value.strip() for name, _, value in (line.partition(":") for line in lines)}


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < deadline
        os.sched_yield()
