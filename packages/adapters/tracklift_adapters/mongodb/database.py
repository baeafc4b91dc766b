import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pymongo
from pymongo import AsyncMongoClient, IndexModel, MongoClient, ReadPreference
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.synchronous.database import Database
from pymongo.write_concern import WriteConcern

from tracklift_adapters.mongodb.errors import outages_translated

Document = dict[str, Any]

_DURABLE = WriteConcern("majority", j=True)
"""A write is answered when most members have it in their journals. With less, `kill -9` loses answered writes."""
_COMMITTED = ReadConcern("majority")
_DEFAULT_NAME = "tracklift"
_PATIENCE = timedelta(seconds=15)
"""A replica set with default settings has elected a new primary 12 seconds after the old one died."""
_LONGEST_CONNECT = timedelta(seconds=5)
_INDEXING = 300
"""Seconds for indexes of a collection that has grown large without them."""
_GOODBYE = 2
"""Seconds to tell a server that a client goes away."""


class MongoDatabase:
    """One database, for the event loop and for worker threads. It connects when it is first used.

    Writes are durable when they are answered. Reads ask the primary, and see what most members have: so they see each
    write that was answered before, and nothing that can be rolled back. The URL can't change that; the driver's other
    settings may stand in it.
    """

    def __init__(self, url: str, *, patience: timedelta = _PATIENCE) -> None:
        """Take a connection string, whose path names the database (else `tracklift`).

        A call that has not succeeded within `patience`, be it that no server can be found or that one does not answer,
        raises `ServiceUnavailableError`; what it was to write may have been written.

        Raises:
            ValueError: the URL is none.
        """
        settings: dict[str, Any] = {
            "read_preference": ReadPreference.PRIMARY,
            "write_concern": _DURABLE,
            "read_concern": _COMMITTED,
        }
        try:
            options = _options(url, patience)
            self._client: AsyncMongoClient[Document] = AsyncMongoClient(url, **options)
            self._blocking_client: MongoClient[Document] = MongoClient(url, **options, connect=False)
            self.collections: AsyncDatabase[Document] = self._client.get_default_database(
                _DEFAULT_NAME, **settings
            )
            """The database for the event loop."""
            self.blocking: Database[Document] = self._blocking_client.get_default_database(
                _DEFAULT_NAME, **settings
            )
            """The database for worker threads, any number of them at once."""
        except (PyMongoError, ValueError):
            # Without the cause, whose text may hold the password.
            raise ValueError("this is no URL of a MongoDB") from None

    async def make_indexes(self, collection: str, indexes: Sequence[IndexModel]) -> None:
        """Make those indexes of a collection that are not there yet."""
        with outages_translated(), pymongo.timeout(_INDEXING):
            await self.collections[collection].create_indexes(list(indexes))

    async def close(self) -> None:
        """Close all connections; calls made afterwards raise `ServiceUnavailableError`. Closing twice is no error."""
        with pymongo.timeout(_GOODBYE):
            await self._client.close()
            await asyncio.to_thread(self._blocking_client.close)


def _options(url: str, patience: timedelta) -> dict[str, Any]:
    """Give the driver's settings, but for those that the URL has."""
    milliseconds = round(patience.total_seconds() * 1000)
    options: dict[str, Any] = {
        "appName": "tracklift",
        "timeoutMS": milliseconds,
        "serverSelectionTimeoutMS": milliseconds,
        "connectTimeoutMS": min(milliseconds, round(_LONGEST_CONNECT.total_seconds() * 1000)),
    }
    named = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
    return {name: value for name, value in options.items() if name.lower() not in named}
