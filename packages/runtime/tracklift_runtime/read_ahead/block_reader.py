import os
from pathlib import Path

from tracklift_domain.media.byte_ranges import ByteRanges
from tracklift_domain.media.file_reader import position_after
from tracklift_domain.media.ports import SeekableReader
from tracklift_runtime.read_ahead.block_cache import BlockCache
from tracklift_runtime.read_ahead.block_source import BlockSource
from tracklift_runtime.read_ahead.next_blocks import NextBlocks


class BlockReader(SeekableReader):
    """Reads a stored file from a worker thread.

    The next blocks are fetched in the background: those of the expected ranges, or the following ones while reading is
    sequential. The blocks that were read last stay in memory; with all others, at most 40 (10 MB with blocks of 255
    KiB). So an index of up to 6 MB, read by both the inspector and the decoder, is fetched once; a larger one may be
    fetched twice.

    A read that raises leaves the position unchanged, so it can be repeated. Closing waits neither for background
    fetches nor for a read that hangs.
    """

    def __init__(self, source: BlockSource) -> None:
        self._source = source
        self._size = source.size
        self._block_size = source.block_size
        self._next = NextBlocks(self._block_size, -(-self._size // self._block_size))
        self._cache: BlockCache | None = BlockCache(source, self._next)
        self._position = 0

    @property
    def size(self) -> int:
        return self._size

    @property
    def path(self) -> Path | None:
        return None

    def read(self, size: int = -1, /) -> bytes:
        cache = self._opened()
        end = self._size if size < 0 else min(self._position + size, self._size)
        position, pieces = self._position, list[memoryview]()
        while position < end:
            number, offset = divmod(position, self._block_size)
            block = cache.get(number, (end - 1) // self._block_size)
            if block is None:
                raise self._source.loss()
            if self._next.use(position):
                cache.expect(self._next.expected())
            # A view avoids a second copy of the bytes.
            pieces.append(memoryview(block)[offset : offset + end - position])
            position += len(pieces[-1])
        self._position = position
        return b"".join(pieces)

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._opened()
        self._position = position_after(offset, whence, position=self._position, size=self._size)
        return self._position

    def tell(self) -> int:
        self._opened()
        return self._position

    def expect(self, ranges: ByteRanges) -> None:
        self._opened()
        # Nothing is fetched yet: the decoder first reads the index, whose blocks may still be in memory.
        self._next.plan(ranges)

    def close(self) -> None:
        # The cache is not cleared, as a read that hangs may still use it.
        self._cache = None

    def _opened(self) -> BlockCache:
        if self._cache is None:
            raise ValueError("I/O operation on closed file")
        return self._cache
