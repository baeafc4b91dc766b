import asyncio
import contextlib
import warnings
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pymongo
from pymongo import AsyncMongoClient, IndexModel, MongoClient, ReadPreference
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import CollectionInvalid, OperationFailure, PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.synchronous.database import Database
from pymongo.write_concern import WriteConcern

from tracklift_adapters.mongodb.driver_sockets import close_what_is_broken_off
from tracklift_adapters.mongodb.driver_waits import keep_locks_of_waits
from tracklift_adapters.mongodb.errors import outages_translated

Document = dict[str, Any]

_DURABLE = WriteConcern("majority", j=True)
"""A write is answered when most members have it in their journals. With less, `kill -9` loses answered writes."""
_SETTINGS: dict[str, Any] = {
    "read_preference": ReadPreference.PRIMARY,
    "read_concern": ReadConcern("majority"),
    "write_concern": _DURABLE,
}
_ONCE: dict[str, Any] = {"retryReads": False, "retryWrites": False}
"""The driver repeats a call for as long as its patience lasts. One that is too large for a connection that breaks would
break each time: its caller asks for less."""
_DEFAULT_NAME = "tracklift"
_PATIENCE = timedelta(seconds=15)
"""A replica set with default settings has elected a new primary 12 seconds after the old one died."""
_LONGEST_CONNECT = timedelta(seconds=5)
_INDEXING = 300
"""Seconds for indexes of a collection that has grown large without them."""
_NO_URL = "this is not a URL of a MongoDB, or it has a wrong setting"
_CLOSING_TAKES = 2
"""Seconds to tell a server that a client goes away."""

close_what_is_broken_off()
keep_locks_of_waits()


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
            ValueError: the URL is none, or has a setting that the driver does not know.
        """
        self.patience = patience
        try:
            options = _options(url, patience)
            # The driver would only warn of a wrong setting, and go on without it.
            with warnings.catch_warnings():
                warnings.simplefilter("error", UserWarning)
                self._client: AsyncMongoClient[Document] = AsyncMongoClient(url, **options)
                self._once_client: AsyncMongoClient[Document] = AsyncMongoClient(url, **options, **_ONCE)
                self._blocking_client: MongoClient[Document] = MongoClient(
                    url, **options, **_ONCE, connect=False
                )
            self.collections: AsyncDatabase[Document] = self._client.get_default_database(
                _DEFAULT_NAME, **_SETTINGS
            )
            """The database for the event loop."""
            self.once: AsyncDatabase[Document] = self._once_client.get_default_database(
                _DEFAULT_NAME, **_SETTINGS
            )
            """The same for calls that carry megabytes, which the driver makes once."""
            self.blocking: Database[Document] = self._blocking_client.get_default_database(
                _DEFAULT_NAME, **_SETTINGS
            )
            """The database for worker threads, any number of them at once. The driver makes each call once."""
        except (PyMongoError, UserWarning, ValueError):
            # Without the cause, whose text may hold the password.
            raise ValueError(_NO_URL) from None

    async def make_uncompressed(self, collection: str) -> None:
        """Make a collection, if it is not there yet, whose documents the storage engine does not try to compress.

        A server that takes no such wish, as a managed one may, makes the collection in its own way when it is used.
        """
        wish = {"wiredTiger": {"configString": "block_compressor=none"}}
        with outages_translated(), contextlib.suppress(CollectionInvalid, OperationFailure):
            await self.collections.create_collection(collection, storageEngine=wish)

    async def make_indexes(self, collection: str, indexes: Sequence[IndexModel]) -> None:
        """Make those indexes of a collection that are not there yet."""
        with outages_translated():
            # So much time is for a server at work, and not for one that is not there.
            await self.collections.command("ping")
        with outages_translated(), pymongo.timeout(_INDEXING):
            await self.collections[collection].create_indexes(list(indexes))

    async def close(self) -> None:
        """Close all connections; later calls raise `ServiceUnavailableError`. Closing twice is not an error."""
        with pymongo.timeout(_CLOSING_TAKES):
            await self._client.close()
            await self._once_client.close()
            await asyncio.to_thread(self._blocking_client.close)


def _options(url: str, patience: timedelta) -> dict[str, Any]:
    """Give the driver's settings, but for those that the URL has. Raises `ValueError`."""
    if not url.startswith(("mongodb://", "mongodb+srv://")):
        raise ValueError(_NO_URL)
    milliseconds = round(patience.total_seconds() * 1000)
    options: dict[str, Any] = {
        "appName": "tracklift",
        "timeoutMS": milliseconds,
        "serverSelectionTimeoutMS": milliseconds,
        "connectTimeoutMS": min(milliseconds, round(_LONGEST_CONNECT.total_seconds() * 1000)),
    }
    named = {name.lower() for name, _ in parse_qsl(urlsplit(url).query)}
    return {name: value for name, value in options.items() if name.lower() not in named}
