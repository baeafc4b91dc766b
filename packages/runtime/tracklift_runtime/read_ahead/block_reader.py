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

    The next blocks are fetched in the background: those of the ranges that are expected, or those that follow where
    reading is sequential. The blocks that were read last stay in memory, with all others at most 40 (10 MB of 255 KiB).
    So an index of up to 6 MB that the inspector looks into and the decoder reads is fetched once, a larger one maybe
    twice.

    A read that raises leaves the position as it was, so it can be repeated. Closing waits for nothing: neither for what
    is fetched in the background, nor for a read that hangs.
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
            # A view, so that the bytes are copied once and not twice.
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
        # Nothing is fetched yet: the decoder reads the index first, of which blocks are in memory.
        self._next.plan(ranges)

    def close(self) -> None:
        # Not emptied: a read that hangs may still use it.
        self._cache = None

    def _opened(self) -> BlockCache:
        if self._cache is None:
            raise ValueError("I/O operation on closed file")
        return self._cache
