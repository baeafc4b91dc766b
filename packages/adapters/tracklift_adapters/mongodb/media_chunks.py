"""How a stretch of a file is found among the chunks of GridFS, and put together again."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import SERVICE
from tracklift_domain.errors import ServiceUnavailableError


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some chunks of a file, one behind the other."""

    file: Document
    first: int
    """The number of the first chunk."""
    count: int

    @classmethod
    def of(cls, file: Document, start: int, end: int, *, most: int) -> "Stretch":
        """Give the chunk that holds the position `start`, and those behind it up to `end`, at most `most` in all."""
        first = start // file["chunkSize"]
        behind = -(-min(end, file["length"]) // file["chunkSize"])
        return cls(file, first, min(most, behind - first))

    @property
    def start(self) -> int:
        """The position of the first byte."""
        start: int = self.first * self.file["chunkSize"]
        return start

    @property
    def end(self) -> int:
        """The position behind the last byte."""
        end: int = min((self.first + self.count) * self.file["chunkSize"], self.file["length"])
        return end

    @property
    def query(self) -> dict[str, Any]:
        """The arguments of `find`: all chunks come in one answer."""
        numbers = {"$gte": self.first, "$lt": self.first + self.count}
        return {
            "filter": {"files_id": self.file["_id"], "n": numbers},
            "projection": {"_id": 0, "n": 1, "data": 1},
            "sort": [("n", 1)],
            "limit": self.count,
        }

    def joined(self, chunks: Sequence[Document]) -> bytes:
        """Put what was found together.

        Raises:
            ServiceUnavailableError: it is not all that should be there.
        """
        found = b"".join([chunk["data"] for chunk in chunks])
        in_order = [chunk["n"] for chunk in chunks] == [*range(self.first, self.first + self.count)]
        if not in_order or len(found) != self.end - self.start:
            name = self.file["filename"]
            raise ServiceUnavailableError(SERVICE, f"{name} was deleted while it was read, or is damaged")
        return found
