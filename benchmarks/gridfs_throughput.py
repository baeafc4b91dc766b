"""How fast videos reach GridFS, compared with PyMongo's own GridFS on the same server.

    make bench-gridfs
    make bench-gridfs ARGS="--megabytes 1024 --rounds 3"

Starts a MongoDB of its own and a gateway that has nothing else: RabbitMQ and auth are down. In each round the same file
is written in six ways, one after the other and each time from another one on:

    pymongo             GridFSBucket.upload_from_stream, its write concern left to the server
    pymongo, durable    the same with w=majority and j=true, as Tracklift writes
    pymongo, 8 MiB      as the first one, in chunks of 8 MiB instead of 255 KiB
    media store         Tracklift's media store, given the file in pieces as a web server would give them
    gateway             an upload to the gateway over HTTP
    gateway, tus        a resumable upload to the gateway, in one PATCH

Prints the rates, the median of the ratios to PyMongo's own round by round, and the gateway's memory. Ends with 1 if
an upload falls below the goal: a whole one is held against the first way, a resumable one against chunks of 8 MiB too.
"""

import argparse
import asyncio
import hashlib
import http.client
import json
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from gridfs import DEFAULT_CHUNK_SIZE, GridFSBucket
from joserfc.jwk import OKPKey
from pymongo import MongoClient, WriteConcern
from pymongo.database import Database

from tests.media.boxes import box
from tests.servers.choose import choose
from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.key_cache import MongoKeyCache
from tracklift_adapters.mongodb.media_store import GridFsMediaStore
from tracklift_adapters.security.token_issuer import Ed25519TokenIssuer
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.identifiers import MediaId, UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress

GOAL = 0.9
"""Of PyMongo's own rate, through the gateway."""
_LARGE_CHUNK = 8 * 1024**2
_MB = 10**6
_PIECE = 64 * 1024
"""Bytes that a web server gives at a time."""
_PATIENCE = 300.0
_TUS = {"Tus-Resumable": "1.0.0"}
_ISSUER = "http://127.0.0.1"
_NOWHERE = "127.0.0.1:9"
"""An address where nobody listens."""
_DEFAULT, _LARGE, _WHOLE, _RESUMABLE = "pymongo", "pymongo, 8 MiB", "gateway", "gateway, tus"


@dataclass(frozen=True)
class Video:
    """The file that is written."""

    path: Path
    size: int
    sha256: str

    @classmethod
    def make(cls, folder: Path, size: int) -> "Video":
        """Make a file of noise, as incompressible as a video is, and with the beginning of one."""
        noise, sha256, head = random.Random(1), hashlib.sha256(), box(b"ftyp", b"isom\0\0\2\0isom")  # noqa: S311 (no secret)
        sha256.update(head)
        left = size - len(head)
        with (folder / "noise.mp4").open("wb") as file:
            file.write(head)
            while left > 0:
                piece = noise.randbytes(min(left, 4 * _MB))
                sha256.update(piece)
                left -= file.write(piece)
        return cls(folder / "noise.mp4", size, sha256.hexdigest())


class PyMongo:
    """PyMongo's own writer."""

    def __init__(self, database: Database[dict[str, Any]], *, chunk_size: int = DEFAULT_CHUNK_SIZE) -> None:
        """Write chunks of so many bytes."""
        self._bucket = GridFSBucket(database, "own", chunk_size)

    def __call__(self, video: Video) -> float:
        """Write the video, delete it, and give the seconds that the writing took."""
        began = time.monotonic()
        with video.path.open("rb") as file:
            file_id = self._bucket.upload_from_stream("noise.mp4", file)
        seconds = time.monotonic() - began
        self._bucket.delete(file_id)
        return seconds


class Store:
    """Tracklift's media store in this process."""

    def __init__(self, url: str) -> None:
        self._url = url

    def __call__(self, video: Video) -> float:
        """Write the video, delete it, and give the seconds that the writing took."""
        return asyncio.run(self._write(video))

    async def _write(self, video: Video) -> float:
        database = MongoDatabase(self._url)
        store = GridFsMediaStore(database, SystemClock())
        await store.prepare()
        began = time.monotonic()
        stored = await store.write(MediaId("noise.source"), _pieces(video))
        seconds = time.monotonic() - began
        _require(stored.sha256 == video.sha256, "the media store kept other bytes")
        await store.delete(stored.id)
        await store.close()
        await database.close()
        return seconds


class Gateway:
    """A gateway process and a user of it."""

    def __init__(self, url: str) -> None:
        key = OKPKey.generate_key("Ed25519")
        issuer = Ed25519TokenIssuer(key, issuer=_ISSUER, lifetime=timedelta(days=1))
        caller = Caller(user_id=UserId("a" * 32), email=EmailAddress("ada@example.org"))
        self._headers = {"Authorization": f"Bearer {issuer.issue(caller, datetime.now(UTC)).value}"}
        asyncio.run(_remember(url, issuer))
        with closing(socket.create_server(("127.0.0.1", 0))) as listening:
            self._port = listening.getsockname()[1]
        environment = {name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")}
        environment |= {
            "TRACKLIFT_PORT": str(self._port),
            "TRACKLIFT_METRICS_PORT": "0",
            "TRACKLIFT_MONGODB_URL": url,
            "TRACKLIFT_RABBITMQ_URL": f"amqp://{_NOWHERE}/",
            "TRACKLIFT_AUTH_URL": f"http://{_NOWHERE}",
            "TRACKLIFT_PUBLIC_URL": _ISSUER,
            "TRACKLIFT_LOG_LEVEL": "ERROR",
        }
        self._process = subprocess.Popen([sys.executable, "-m", "tracklift_gateway"], env=environment)

    @contextmanager
    def running(self) -> Iterator[None]:
        """Wait until it answers a user; stop it at the end."""
        try:
            deadline = time.monotonic() + _PATIENCE
            while not self._answers():
                _require(
                    self._process.poll() is None and time.monotonic() < deadline, "the gateway does not start"
                )
                time.sleep(0.05)
            yield
        finally:
            self._process.terminate()
            self._process.wait(_PATIENCE)

    def upload(self, video: Video) -> float:
        """Upload the video, delete it, and give the seconds that the upload took."""
        began = time.monotonic()
        record = json.loads(self._send(video, "POST", "/v1/conversions", {"Content-Type": "video/mp4"}))
        seconds = time.monotonic() - began
        self._check_and_delete(record["id"], video)
        return seconds

    def upload_resumably(self, video: Video) -> float:
        """Upload the video by tus, delete it, and give the seconds that both requests took."""
        began = time.monotonic()
        connection = self._connect()
        headers = {**self._headers, **_TUS, "Upload-Length": str(video.size)}
        connection.request("POST", "/v1/uploads", headers=headers)
        path = _answer(connection)[0]["Location"]
        self._send(
            video,
            "PATCH",
            path,
            {**_TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"},
        )
        seconds = time.monotonic() - began
        self._check_and_delete(path.rpartition("/")[2], video)
        return seconds

    def _send(self, video: Video, method: str, path: str, headers: dict[str, str]) -> bytes:
        connection = self._connect()
        connection.putrequest(method, path)
        for name, value in {**self._headers, **headers, "Content-Length": str(video.size)}.items():
            connection.putheader(name, value)
        connection.endheaders()
        # Sent by the kernel, so that the sender takes no time from those who are measured.
        with video.path.open("rb") as file:
            connection.sock.sendfile(file)
        return _answer(connection)[1]

    def _check_and_delete(self, conversion_id: str, video: Video) -> None:
        path = f"/v1/conversions/{conversion_id}"
        record = json.loads(self._call("GET", path))
        _require(record["source"]["sha256"] == video.sha256, "the gateway kept other bytes")
        self._call("DELETE", path)

    @property
    def resident(self) -> int:
        """Bytes of memory that it has now."""
        return self._status("VmRSS")

    @property
    def peak(self) -> int:
        """The most bytes of memory that it ever had."""
        return self._status("VmHWM")

    def _answers(self) -> bool:
        try:
            self._call("GET", "/readyz")
            self._call("GET", "/v1/conversions")
        except (OSError, http.client.HTTPException, _RefusedError):
            return False
        return True

    def _call(self, method: str, path: str) -> bytes:
        connection = self._connect()
        connection.request(method, path, headers=self._headers)
        return _answer(connection)[1]

    def _connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self._port, timeout=_PATIENCE)

    def _status(self, field: str) -> int:
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{field}:"))


class _RefusedError(Exception):
    pass


def _answer(connection: http.client.HTTPConnection) -> tuple[http.client.HTTPMessage, bytes]:
    with closing(connection):
        answer = connection.getresponse()
        body = answer.read()
    if answer.status >= 400:
        raise _RefusedError(f"The gateway answered {answer.status}: {body.decode()}")
    return answer.headers, body


async def _pieces(video: Video) -> AsyncIterator[bytes]:
    with video.path.open("rb") as file:
        while piece := file.read(_PIECE):
            yield piece


async def _remember(url: str, issuer: Ed25519TokenIssuer) -> None:
    """Leave the keys where the gateway looks for them while auth is down."""
    database = MongoDatabase(url)
    await MongoKeyCache(database).store(issuer.published_keys())
    await database.close()


def _require(condition: bool, complaint: str) -> None:  # noqa: FBT001 (reads like a sentence)
    if not condition:
        raise SystemExit(f"Something is wrong: {complaint}.")


def _ratio(seconds: dict[str, list[float]], name: str, rival: str) -> float:
    """Give the median of the ratios of rates, round by round."""
    return statistics.median(base / one for base, one in zip(seconds[rival], seconds[name], strict=True))


def _measure(
    ways: dict[str, Callable[[Video], float]], video: Video, rounds: int, calm: Callable[[], object]
) -> dict[str, list[float]]:
    """Give the seconds of each way in each round. `calm` brings the server to rest before each writing."""
    names = list(ways)
    seconds: dict[str, list[float]] = {name: [] for name in names}
    for number in range(-1, rounds):
        first = number % len(names)
        for name in names[first:] + names[:first]:
            calm()
            took = ways[name](video)
            # The first round makes collections, grows files and opens connections.
            if number >= 0:
                seconds[name].append(took)
    return seconds


def main() -> int:
    """Measure, report, and give the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--megabytes", type=int, default=256, help="size of the file (default: 256)")
    parser.add_argument("--rounds", type=int, default=8, help="how often each way is taken (default: 8)")
    arguments = parser.parse_args()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tracklift-gridfs-")))
        video = Video.make(folder, arguments.megabytes * _MB)
        servers = stack.enter_context(choose().servers())
        servers.start(["mongodb"])
        url = servers.mongodb.endpoint.url("tracklift")
        client: MongoClient[dict[str, Any]] = stack.enter_context(closing(MongoClient(url)))
        database = client.get_default_database()
        gateway = Gateway(url)
        stack.enter_context(gateway.running())
        ways: dict[str, Callable[[Video], float]] = {
            _DEFAULT: PyMongo(database),
            "pymongo, durable": PyMongo(
                database.with_options(write_concern=WriteConcern("majority", j=True))
            ),
            _LARGE: PyMongo(database, chunk_size=_LARGE_CHUNK),
            "media store": Store(url),
            _WHOLE: gateway.upload,
            _RESUMABLE: gateway.upload_resumably,
        }
        idle = gateway.resident
        seconds = _measure(ways, video, arguments.rounds, lambda: client.admin.command("fsync"))
        peak = gateway.peak

    print(f"{video.size / _MB:.0f} MB, {arguments.rounds} rounds, {servers.mongodb.endpoint.label}\n")
    print(f"{'':18}{'MB/s (median)':>14}{'lowest':>8}{'highest':>9}{'ratio':>8}{'to 8 MiB':>10}")
    for name, took in seconds.items():
        rates = [video.size / _MB / one for one in took]
        print(
            f"{name:18}{statistics.median(rates):14.0f}{min(rates):8.0f}{max(rates):9.0f}"
            f"{_ratio(seconds, name, _DEFAULT):8.2f}{_ratio(seconds, name, _LARGE):10.2f}"
        )
    print(f"\nThe gateway's memory: {idle / _MB:.0f} MB idle, {peak / _MB:.0f} MB at its peak.")
    missed = [
        f"{name}: {ratio:.2f} of {rival}"
        for name, rival in [(_WHOLE, _DEFAULT), (_RESUMABLE, _DEFAULT), (_RESUMABLE, _LARGE)]
        if (ratio := _ratio(seconds, name, rival)) < GOAL
    ]
    print(f"The goal of {GOAL} is {'missed: ' + '; '.join(missed) if missed else 'reached'}.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
