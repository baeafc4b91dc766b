"""Counting the chunks of GridFS that come from the server."""

from pymongo import monitoring
from typing_extensions import override


class ChunkCounter(monitoring.CommandListener):
    """Listens to all clients that are made after it, of which one file is read."""

    def __init__(self) -> None:
        self.fetched = 0
        """Chunks that came."""
        self._seen: set[int] = set()
        monitoring.register(self)

    @property
    def different(self) -> int:
        """Chunks that came, each counted once."""
        return len(self._seen)

    @override
    def started(self, event: monitoring.CommandStartedEvent) -> None:
        """Take no notice."""

    @override
    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Take no notice."""

    @override
    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """Count what came with an answer."""
        cursor = event.reply.get("cursor", {})
        for document in [*cursor.get("firstBatch", ()), *cursor.get("nextBatch", ())]:
            if "data" in document and "n" in document:
                self.fetched += 1
                self._seen.add(document["n"])
