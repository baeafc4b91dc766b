import os
from pathlib import Path

from pymongo.synchronous.collection import Collection
from typing_extensions import override

from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_adapters.mongodb.media_access import AccessPattern
from tracklift_adapters.mongodb.media_cache import ChunkCache
from tracklift_adapters.mongodb.media_chunks import IncompleteChunksError, count_of, error_of
from tracklift_adapters.mongodb.media_files import BUCKET
from tracklift_domain.media.file_reader import position_after
from tracklift_domain.media.ports import SeekableReader


class GridFsReader(SeekableReader):
    """Reads a file of GridFS from a worker thread.

    Whoever jumps about is given a chunk at a time; for who reads on, or jumps at even distances, the next ones are
    fetched in the background meanwhile. The chunks used last stay in memory: 10 MB, and 4 MB more while chunks come in.
    So an index of up to 6 MB that is looked into and then read is fetched once, a larger one maybe twice. The driver's
    own reader would ask for 16 MB after each jump.

    A read that raises leaves the position as it was, so it can be repeated. Closing waits for nothing: neither for what
    is fetched in the background, nor for a reading that hangs.
    """

    def __init__(self, chunks: Collection[Document], file: Document) -> None:
        self._file = file
        self._files = chunks.database[f"{BUCKET}.files"]
        self._chunk_size: int = file["chunkSize"]
        self._chunks: ChunkCache | None = ChunkCache(chunks, file)
        self._pattern = AccessPattern(self._chunk_size, count_of(file))
        self._position = 0

    @property
    @override
    def size(self) -> int:
        size: int = self._file["length"]
        return size

    @property
    @override
    def path(self) -> Path | None:
        return None

    @override
    def read(self, size: int = -1, /) -> bytes:
        chunks = self._opened()
        end = self.size if size < 0 else min(self._position + size, self.size)
        position, pieces = self._position, []
        while position < end:
            number, offset = divmod(position, self._chunk_size)
            chunk = self._chunk(chunks, number, (end - 1) // self._chunk_size)
            if self._pattern.use(number, position):
                if self._pattern.came_back:
                    chunks.hold(number)
                chunks.expect(self._pattern.expected())
            pieces.append(chunk[offset : offset + end - position])
            position += len(pieces[-1])
        self._position = position
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    @override
    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._opened()
        self._position = position_after(offset, whence, position=self._position, size=self.size)
        return self._position

    @override
    def tell(self) -> int:
        self._opened()
        return self._position

    @override
    def close(self) -> None:
        # Not emptied: a reading that hangs may still have it.
        self._chunks = None

    def _chunk(self, chunks: ChunkCache, number: int, last: int) -> bytes:
        try:
            return chunks.get(number, last)
        except IncompleteChunksError:
            with outages_translated():
                stored = self._files.find_one({"_id": self._file["_id"]}, {"_id": 1})
            raise error_of(self._file, is_stored=stored is not None) from None

    def _opened(self) -> ChunkCache:
        if self._chunks is None:
            raise ValueError("I/O operation on closed file")
        return self._chunks
