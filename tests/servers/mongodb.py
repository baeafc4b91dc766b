"""MongoDB as a replica set of one, which transactions and change streams need."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import OperationFailure
from typing_extensions import override

from tests.servers.native_process import NativeProcess
from tests.servers.server import Endpoint

REPLICA_SET = "rs0"
_NOT_YET_INITIALIZED = 94
"""Error code of `replSetGetStatus` before `replSetInitiate`."""


@dataclass(frozen=True)
class MongoDbEndpoint(Endpoint):
    """One `mongod` on the loopback address."""

    port: int
    member: str
    """Host and port by which the replica set knows its member."""

    @property
    @override
    def label(self) -> str:
        return "MongoDB"

    @override
    def prepare(self) -> None:
        with self._client() as client:
            try:
                client.admin.command("replSetGetStatus")
            except OperationFailure as error:
                if error.code != _NOT_YET_INITIALIZED:
                    raise
                members = [{"_id": 0, "host": self.member}]
                client.admin.command("replSetInitiate", {"_id": REPLICA_SET, "members": members})
            if not client.admin.command("hello")["isWritablePrimary"]:
                raise ConnectionError("the replica set has no primary yet")

    @override
    def url(self, name: str) -> str:
        # Direct, since the member's name may be known inside a container network only.
        return f"mongodb://127.0.0.1:{self.port}/{name}?directConnection=true"

    @override
    def create(self, name: str) -> None:
        """Do nothing: the first document makes the database."""

    @override
    def drop(self, name: str) -> None:
        with self._client() as client:
            client.drop_database(name)

    def version(self) -> str:
        """Ask for the server's version."""
        with self._client() as client:
            return str(client.server_info()["version"])

    def _client(self) -> contextlib.closing[MongoClient[dict[str, Any]]]:
        return contextlib.closing(MongoClient(self.url("admin"), serverSelectionTimeoutMS=2000))


class Mongod(NativeProcess):
    """A private `mongod`. A write that was acknowledged with its journal survives `kill -9`."""

    def __init__(
        self, folder: Path, library_path: str, program: Path, port: int, *, launcher: Sequence[str] = ()
    ) -> None:
        """`launcher`: a command that turns into the command that is written behind it."""
        super().__init__(folder, library_path)
        self._program = program
        self._port = port
        self._launcher = launcher

    @override
    def command(self) -> list[str]:
        return [
            *self._launcher,
            str(self._program),
            *("--dbpath", str(self.data)),
            *("--bind_ip", "127.0.0.1"),
            *("--port", str(self._port)),
            "--nounixsocket",
            *("--replSet", REPLICA_SET),
            *("--oplogSize", "64"),
            *("--wiredTigerCacheSizeGB", "0.5"),
            # Nothing of a test run is worth a diagnosis file, nor a wait for clients when it stops.
            *("--setParameter", "diagnosticDataCollectionEnabled=false"),
            *("--setParameter", "shutdownTimeoutMillisForSignaledShutdown=100"),
        ]
