"""Which chunks of GridFS hold which part of a file, and how they are joined."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from tracklift_adapters.mongodb.database import Document
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError


def count_of(file: Document) -> int:
    """Give the number of chunks that a file must have."""
    count: int = -(-file["length"] // file["chunkSize"])
    return count


class IncompleteChunksError(Exception):
    """Chunks are missing or have the wrong size: the file is damaged, or was deleted while it was read."""


def error_of(file: Document, *, is_stored: bool) -> MediaLostError | MediaNotFoundError:
    """Make the error for a file that lacks chunks: a file is deleted before its chunks are."""
    if is_stored:
        return MediaLostError(file["filename"], "chunks are missing or damaged")
    return MediaNotFoundError(file["filename"])


def query_of(file: Document, numbers: Collection[int]) -> dict[str, Any]:
    """Give the arguments of `find` for chunks that need not be adjacent: all come in one answer, in any order."""
    # Without a projection, for which the server would copy each chunk once more.
    return {
        "filter": {"files_id": file["_id"], "n": {"$in": list(numbers)}},
        "limit": len(numbers),
    }


def whole_chunks(file: Document, found: Sequence[Document]) -> dict[int, bytes]:
    """Give the bytes of the chunks that have the right size, by the chunks' numbers."""
    size, length = file["chunkSize"], file["length"]
    return {
        chunk["n"]: chunk["data"]
        for chunk in found
        if len(chunk["data"]) == min(size, length - chunk["n"] * size)
    }


@dataclass(frozen=True, slots=True)
class ChunkRange:
    """Adjacent chunks of a file."""

    file: Document
    first: int
    """The number of the first chunk."""
    count: int

    @classmethod
    def of(cls, file: Document, start: int, end: int, *, most: int) -> "ChunkRange":
        """Give the chunks that hold the bytes from `start` up to `end`, but only the first `most` of them."""
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
            "sort": [("n", 1)],
            "limit": self.count,
        }

    def joined(self, chunks: Sequence[Document]) -> bytes:
        """Join the chunks that were found.

        Raises:
            IncompleteChunksError: they are not all of the range.
        """
        found = b"".join([chunk["data"] for chunk in chunks])
        in_order = [chunk["n"] for chunk in chunks] == [*range(self.first, self.first + self.count)]
        if not in_order or len(found) != self.end - self.start:
            raise IncompleteChunksError
        return found
