from pathlib import Path

from gridfs.errors import CorruptGridFile
from gridfs.synchronous import GridFSBucket, GridOut
from typing_extensions import override

from tracklift_adapters.mongodb.database import MongoDatabase
from tracklift_adapters.mongodb.errors import SERVICE, outages_translated
from tracklift_adapters.mongodb.media_writing import BUCKET
from tracklift_domain.conversion.ports import SeekableReader
from tracklift_domain.errors import ServiceUnavailableError


class GridFsReader(SeekableReader):
    """Reads a file of GridFS from a worker thread."""

    def __init__(self, file: GridOut) -> None:
        self._file = file

    @property
    @override
    def size(self) -> int:
        return self._file.length

    @property
    @override
    def path(self) -> Path | None:
        return None

    @override
    def read(self, size: int = -1, /) -> bytes:
        if self._file.closed:
            raise ValueError("read of closed file")
        try:
            with outages_translated():
                return self._file.read(size)
        except CorruptGridFile as error:
            raise ServiceUnavailableError(SERVICE, f"chunks of a file are missing: {error}") from error

    @override
    def seek(self, offset: int, whence: int = 0, /) -> int:
        return self._file.seek(offset, whence)

    @override
    def tell(self) -> int:
        return self._file.tell()

    @override
    def close(self) -> None:
        self._file.close()


def open_reader(database: MongoDatabase, file_id: object) -> GridFsReader:
    """Open a file of the bucket; blocks. Raises gridfs' `NoFile` when it is gone."""
    with outages_translated():
        return GridFsReader(GridFSBucket(database.blocking, BUCKET).open_download_stream(file_id))
