from collections.abc import Collection, Mapping

from pymongo.synchronous.collection import Collection as Chunks
from typing_extensions import override

from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.errors import outages_translated
from tracklift_adapters.mongodb.media_chunks import error_of, query_of, whole_chunks
from tracklift_adapters.mongodb.media_files import BUCKET
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError
from tracklift_runtime.read_ahead.block_source import BlockSource


class GridFsBlocks(BlockSource):
    """The chunks of a file of GridFS."""

    def __init__(self, chunks: Chunks[Document], file: Document) -> None:
        self._chunks = chunks
        self._files = chunks.database[f"{BUCKET}.files"]
        self._file = file

    @property
    @override
    def size(self) -> int:
        size: int = self._file["length"]
        return size

    @property
    @override
    def block_size(self) -> int:
        size: int = self._file["chunkSize"]
        return size

    @override
    def fetch(self, numbers: Collection[int]) -> Mapping[int, bytes]:
        with outages_translated():
            found = self._chunks.find(**query_of(self._file, numbers)).to_list()
        return whole_chunks(self._file, found)

    @override
    def loss(self) -> MediaLostError | MediaNotFoundError:
        with outages_translated():
            stored = self._files.find_one({"_id": self._file["_id"]}, {"_id": 1})
        return error_of(self._file, is_stored=stored is not None)
