"""Watching which chunks of GridFS are asked for, by whom, and standing in the way of it."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

from gridfs import GridFSBucket
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.monitoring import CommandFailedEvent, CommandListener, CommandStartedEvent, CommandSucceededEvent
from typing_extensions import override

from tracklift_adapters.mongodb.media_blocks import GridFsBlocks
from tracklift_runtime.read_ahead.block_reader import BlockReader
from tracklift_runtime.read_ahead.fetch import THREAD


def read_ahead_threads() -> list[threading.Thread]:
    """Give the threads that fetch in the background now."""
    return [thread for thread in threading.enumerate() if thread.name == THREAD]


class Watch(CommandListener):
    """Notes each question for chunks, and what it brought."""

    def __init__(self) -> None:
        self.in_background: list[list[int]] = []
        self.by_the_reader: list[list[int]] = []
        self.fetched: Counter[int] = Counter()
        self.before_background: Callable[[], object] = lambda: None
        """Called in a thread that is about to fetch in the background."""

    @override
    def started(self, event: CommandStartedEvent) -> None:
        if event.command.get("find") != "media.chunks" or "n" not in event.command["filter"]:
            return
        numbers = list(event.command["filter"]["n"]["$in"])
        if threading.current_thread().name == THREAD:
            self.in_background.append(numbers)
            self.before_background()
        else:
            self.by_the_reader.append(numbers)

    @override
    def succeeded(self, event: CommandSucceededEvent) -> None:
        if event.command_name == "find":
            found = event.reply["cursor"]["firstBatch"]
            self.fetched.update(chunk["n"] for chunk in found if "n" in chunk)

    @override
    def failed(self, event: CommandFailedEvent) -> None:
        """Note nothing."""


def store(database: Database[dict[str, Any]], content: bytes, *, chunk_size: int = 4096) -> None:
    """Store a file in chunks of so many bytes."""
    bucket = GridFSBucket(database, "media", chunk_size_bytes=chunk_size)
    with closing(bucket.open_upload_stream("video")) as target:
        target.write(content)


@contextmanager
def watched(url: str, content: bytes, *, chunk_size: int = 4096) -> Iterator[tuple[BlockReader, Watch]]:
    """Store a file in chunks of so many bytes, and give a reader of it."""
    client: MongoClient[dict[str, Any]] = MongoClient(url, serverSelectionTimeoutMS=3000)
    with closing(client):
        store(client.get_default_database(), content, chunk_size=chunk_size)
    with watched_as_stored(url) as video:
        yield video


@contextmanager
def watched_as_stored(url: str) -> Iterator[tuple[BlockReader, Watch]]:
    """Give a reader of the one file that is stored, with a patience of three seconds."""
    watch = Watch()
    client: MongoClient[dict[str, Any]] = MongoClient(
        url, event_listeners=[watch], timeoutMS=3000, serverSelectionTimeoutMS=3000
    )
    with closing(client):
        database = client.get_default_database()
        file = database["media.files"].find_one({})
        assert file is not None
        reader = BlockReader(GridFsBlocks(database["media.chunks"], file))
        yield reader, watch
        reader.close()
        for thread in read_ahead_threads():
            thread.join()
