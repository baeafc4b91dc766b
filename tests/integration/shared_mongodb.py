"""A database that the tests of a file have one after the other."""

import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

from pymongo import MongoClient
from pymongo.database import Database

from tests.servers.fixtures import corner
from tests.servers.mongodb import MongoDbEndpoint
from tests.servers.server import Server

_CLIENTS = {"appName": "tracklift"}
"""As the adapter's clients call themselves, in whichever process."""


class Prepared(Protocol):
    """An adapter that makes its collections and indexes before it is used."""

    async def prepare(self) -> None:
        """Make them."""


@dataclass(frozen=True)
class SharedMongoDb:
    """A database whose collections and indexes stay, while each test finds no document in it."""

    url: str
    inside: Database[dict[str, Any]]
    others: frozenset[int]
    """The connections of clients that are none of these tests: those that were there before."""
    _prepared: set[type] = field(default_factory=set)

    async def prepare(self, adapter: Prepared) -> None:
        """Prepare an adapter, unless another of its kind was in a test before: what that made is there."""
        if type(adapter) not in self._prepared:
            await adapter.prepare()
            self._prepared.add(type(adapter))

    def empty(self, patience: float) -> None:
        """Remove all documents, once the server has let the clients of the test before go.

        Before that, it may still be at work on what a client has sent that was cancelled or killed.

        Raises:
            TimeoutError: a client has stayed connected for `patience` seconds.
        """
        until = time.monotonic() + patience
        while left := _clients(self.inside.client) - self.others:
            if time.monotonic() > until:
                raise TimeoutError(f"these connections of earlier tests are still there: {sorted(left)}")
            time.sleep(0.005)
        for name in self.inside.list_collection_names():
            if name.startswith("system."):  # what a profiled test has called
                self.inside.drop_collection(name)
            else:
                self.inside[name].delete_many({})


@contextmanager
def shared_mongodb_in(server: Server[MongoDbEndpoint]) -> Iterator[SharedMongoDb]:
    """Make a database, and remove it."""
    server.start()
    with corner(server) as url:
        client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=30_000)
        with closing(client):
            yield SharedMongoDb(url, client.get_default_database(), frozenset(_clients(client)))
            # It takes leave of the server, which the last test may have frozen.
            server.start()


def _clients(client: MongoClient[dict[str, Any]]) -> set[int]:
    """Give the numbers of the connections that adapters have."""
    found = client.admin.aggregate(
        [
            {"$currentOp": {"allUsers": True, "idleConnections": True}},
            {"$match": {**_CLIENTS, "connectionId": {"$exists": True}}},
        ]
    )
    return {operation["connectionId"] for operation in found}
