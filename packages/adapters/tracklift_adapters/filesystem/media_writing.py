"""One write into the media store, from its first byte until it is visible or undone."""

import logging
from datetime import datetime

from tracklift_adapters.filesystem.media_record import MediaRecord
from tracklift_adapters.filesystem.partial_file import PartialFile
from tracklift_adapters.filesystem.shard import Shard
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.stored_media import StoredMedia

_log = logging.getLogger(__name__)


class MediaWriting:
    """The steps of a write. Blocking; for one thread at a time."""

    def __init__(self, shard: Shard, media_id: MediaId, began: datetime) -> None:
        self._shard = shard
        self._media_id = media_id
        self._path = shard.new_content(media_id, began)
        self._file: PartialFile | None = None
        self._published: MediaRecord | None = None
        self._replaced: MediaRecord | None = None

    def append(self, data: bytes | bytearray) -> None:
        """Write at the end."""
        self._open().append(data)

    def make_durable(self) -> None:
        """Return when the bytes are on the disk."""
        self._open().make_durable()

    def publish(self, stored_at: datetime) -> StoredMedia:
        """Make the file visible in place of the one before it."""
        file = self._open()
        stored = StoredMedia(id=self._media_id, size=file.size, sha256=file.sha256, stored_at=stored_at)
        record = MediaRecord(stored, self._path.name)
        self._replaced = self._shard.replace(record)
        self._published = record
        file.close()
        return stored

    def remove_replaced(self) -> None:
        """Delete the bytes of the file that was there before; then the write can't be undone any more."""
        if self._replaced is not None:
            try:
                self._shard.content_path(self._replaced).unlink(missing_ok=True)
            except OSError as error:
                _log.warning("Replaced bytes stay until they are swept: %s", error)

    def undo(self) -> None:
        """Leave the store as it was before the write."""
        if self._published is not None:
            self._shard.put_back(self._published, self._replaced)
        if self._file is not None:
            self._file.discard()

    def _open(self) -> PartialFile:
        if self._file is None:
            self._file = PartialFile(self._path)
        return self._file
