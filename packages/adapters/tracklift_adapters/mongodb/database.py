from typing import Any

from pymongo import AsyncMongoClient, MongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import PyMongoError
from pymongo.read_concern import ReadConcern
from pymongo.synchronous.database import Database
from pymongo.uri_parser import parse_uri
from pymongo.write_concern import WriteConcern

Document = dict[str, Any]

_DURABLE = WriteConcern("majority", j=True)
"""A write is answered when most members have it in their journals. With less, `kill -9` loses answered writes."""
_DEFAULT_NAME = "tracklift"


class MongoDatabase:
    """One database, for the event loop and for worker threads. It connects when it is first used.

    Writes are durable when they are answered. Reads see what most members have, so nothing that is read is rolled back.
    """

    def __init__(self, url: str, *, patience_ms: int = 5000) -> None:
        """Take a connection string, whose path names the database (else `tracklift`).

        `patience_ms` is how long a call looks for a server that can take it before it gives up.

        Raises:
            ValueError: the URL is none.
        """
        try:
            parsed = parse_uri(url)
        except (PyMongoError, ValueError):
            # Without the cause, whose text may hold the password.
            raise ValueError("this is no URL of a MongoDB") from None
        self._url = url
        self._name = parsed["database"] or _DEFAULT_NAME
        self._options: dict[str, Any] = {
            "appname": "tracklift",
            "connectTimeoutMS": patience_ms,
            "serverSelectionTimeoutMS": patience_ms,
            # Longer than any statement here takes; ends a call on a connection that died without a word.
            "socketTimeoutMS": 60_000,
        }
        self._client: AsyncMongoClient[Document] | None = None
        self._blocking_client: MongoClient[Document] | None = None

    @property
    def collections(self) -> AsyncDatabase[Document]:
        """The database for the event loop."""
        if self._client is None:
            self._client = AsyncMongoClient(self._url, **self._options)
        return self._client.get_database(
            self._name, write_concern=_DURABLE, read_concern=ReadConcern("majority")
        )

    @property
    def blocking(self) -> Database[Document]:
        """The database for worker threads, which only read."""
        if self._blocking_client is None:
            self._blocking_client = MongoClient(self._url, **self._options)
        return self._blocking_client.get_database(self._name, read_concern=ReadConcern("majority"))

    async def close(self) -> None:
        """Close all connections. Closing twice is no error."""
        client, blocking_client = self._client, self._blocking_client
        self._client = self._blocking_client = None
        if client is not None:
            await client.close()
        if blocking_client is not None:
            blocking_client.close()
