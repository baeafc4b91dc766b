"""One of the folders over which stored files are spread."""

import fcntl
import logging
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tracklift_adapters.filesystem.growth_mark import GrowthMark
from tracklift_adapters.filesystem.media_record import MediaRecord, UnreadableRecordError
from tracklift_adapters.filesystem.partial_file import PartialFile, make_names_durable, remove_abandoned
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError

_log = logging.getLogger(__name__)
SHARDS = 64
"""Folders: with ten thousand stored files each holds some three hundred, few enough to list at once."""
_RECORD = "@record"
_MARK = "@mark"
_LOCK = "@lock"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def make_shards(folder: Path) -> list["Shard"]:
    """Make a folder and those in it that files are spread over, durably, where they don't exist yet."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    shards = [folder / f"{number:02x}" for number in range(SHARDS)]
    for shard in shards:
        shard.mkdir(mode=0o700, exist_ok=True)
    make_names_durable(folder)
    make_names_durable(folder.parent)
    return [Shard(shard) for shard in shards]


class Shard:
    """A folder of stored files. Blocking; for any number of threads and processes at once.

    A stored file is a record, `<id>@record`, that names the file with the bytes, `<id>@<began>-<random>`. The bytes are
    on the disk before the record is, and the record appears by one rename: so size, SHA-256 and bytes become visible
    together or not at all, and what no record names was broken off. `@` can't occur in an id.

    Of a file that grows, `<id>@mark` names the file with the bytes until the record does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def content_path(self, record: MediaRecord) -> Path:
        """Tell where the bytes of a record are."""
        return self._folder / record.content

    def new_content(self, media_id: MediaId, began: datetime) -> Path:
        """Choose a file for the bytes of a write that begins at a time."""
        milliseconds = (began - _EPOCH) // _MILLISECOND
        return self._folder / f"{media_id}@{milliseconds:012x}-{secrets.token_hex(8)}"

    def get(self, media_id: MediaId) -> MediaRecord:
        """Give the record of a file. Raises `MediaNotFoundError`, and `MediaLostError` where it can't be read."""
        try:
            record = self._find(media_id)
        except UnreadableRecordError as error:
            _log.error("The record of media %s can't be read: %s", media_id, error)
            raise MediaLostError(media_id, "its record can't be read") from error
        if record is None:
            raise MediaNotFoundError(media_id)
        return record

    def records(self) -> list[MediaRecord]:
        """Give all records; those that can't be read are logged and skipped."""
        found = []
        for name in self._names():
            if name.endswith(_RECORD):
                try:
                    record = self._find(MediaId(name.removesuffix(_RECORD)))
                except UnreadableRecordError as error:
                    _log.error("%s can't be read: %s", self._folder / name, error)
                    continue
                if record is not None:
                    found.append(record)
        return found

    def replace(self, record: MediaRecord) -> MediaRecord | None:
        """Make a file visible, durably, in place of the one before it, whose record is given."""
        with self.locked():
            return self.replace_locked(record)

    def replace_locked(self, record: MediaRecord) -> MediaRecord | None:
        """Do what `replace` does, for a caller within `locked`."""
        before = self._find_readable(record.stored.id)
        try:
            self._write_record(record)
        except BaseException:
            self._restore(record, before)
            raise
        return before

    def put_back(self, record: MediaRecord, before: MediaRecord | None) -> None:
        """Undo a `replace`, unless another one came after it."""
        with self.locked():
            self._restore(record, before)

    def remove(self, media_id: MediaId) -> None:
        """Delete a file, durably. The record goes first, so that a crash in between leaves bytes without a record.

        Such bytes, and those of writes that broke off, go as well when the file is deleted again.
        """
        with self.locked():
            record = self._find_readable(media_id)
            self._record_path(media_id).unlink(missing_ok=True)
            self.mark_path(media_id).unlink(missing_ok=True)
            make_names_durable(self._folder)
            for name in self._names():
                # Within the lock, where no write can be published: what is not being written then belongs to no write.
                if name.startswith(f"{media_id}@") and _began(name) != _NEVER and not _is_of(record, name):
                    remove_abandoned(self._folder / name)
        if record is not None:
            self.content_path(record).unlink(missing_ok=True)

    def sweep(self, before: datetime) -> int:
        """Delete what writes left that began before a time and broke off, and give how many files that were."""
        with self.locked():
            return sum(
                remove_abandoned(self._folder / name)
                for name in self._names()
                if _began(name) < before and not self._is_needed(name)
            )

    def mark_path(self, media_id: MediaId) -> Path:
        """Tell where it is written down how far a file has grown."""
        return self._folder / f"{media_id}{_MARK}"

    def growth_path(self, mark: GrowthMark) -> Path:
        """Tell where the bytes of a file that grows are."""
        return self._folder / mark.content

    def find_mark(self, media_id: MediaId) -> GrowthMark | None:
        """Read how far a file has grown. One that can't be read says that it has not begun: so it begins again."""
        try:
            return GrowthMark.decode(self.mark_path(media_id).read_bytes())
        except FileNotFoundError:
            self._folder.stat()
        except UnreadableRecordError as error:
            _log.error("The mark of media %s can't be read: %s", media_id, error)
        return None

    def marks(self) -> list[GrowthMark]:
        """Give the marks of all files that grow."""
        found = [
            self.find_mark(MediaId(name.removesuffix(_MARK)))
            for name in self._names()
            if name.endswith(_MARK)
        ]
        return [mark for mark in found if mark is not None]

    def discard_growth(self, media_id: MediaId) -> None:
        """Delete a file that grows, durably. The mark goes first: no writer goes on without it."""
        with self.locked():
            mark = self.find_mark(media_id)
            if mark is None:
                return
            self.mark_path(media_id).unlink(missing_ok=True)
            make_names_durable(self._folder)
            # A crash may have left the mark of a file that is finished.
            if not _is_of(self._find_readable(media_id), mark.content):
                self.growth_path(mark).unlink(missing_ok=True)

    def write_mark(self, mark: GrowthMark) -> None:
        """Write down how far a file has grown, durably."""
        self._write(mark.id, mark.begun_at, mark.encode(), self.mark_path(mark.id))

    def _restore(self, record: MediaRecord, before: MediaRecord | None) -> None:
        if self._find_readable(record.stored.id) != record:
            return
        if before is not None and self.content_path(before).exists():
            self._write_record(before)
        else:
            self._record_path(record.stored.id).unlink()
            make_names_durable(self._folder)

    def _is_needed(self, content: str) -> bool:
        try:
            record = self._find(MediaId(content.partition("@")[0]))
        except UnreadableRecordError:
            # Somebody may still fix the record: its bytes are all that is left.
            return True
        return _is_of(record, content) or self._is_marked(content)

    def _is_marked(self, content: str) -> bool:
        mark = self.find_mark(MediaId(content.partition("@")[0]))
        return mark is not None and mark.content == content

    def _find(self, media_id: MediaId) -> MediaRecord | None:
        try:
            return MediaRecord.decode(self._record_path(media_id).read_bytes())
        except FileNotFoundError:
            # A folder that is not there (a disk that isn't mounted) must not pass for an empty one.
            self._folder.stat()
            return None

    def _names(self) -> list[str]:
        return [path.name for path in self._folder.iterdir()]

    def _record_path(self, media_id: MediaId) -> Path:
        return self._folder / f"{media_id}{_RECORD}"

    def _find_readable(self, media_id: MediaId) -> MediaRecord | None:
        try:
            return self._find(media_id)
        except UnreadableRecordError:
            return None

    def _write_record(self, record: MediaRecord) -> None:
        stored = record.stored
        self._write(stored.id, stored.stored_at, record.encode(), self._record_path(stored.id))

    def _write(self, media_id: MediaId, time: datetime, text: bytes, path: Path) -> None:
        """Put a small file in place of another one, durably: after a crash there is either."""
        temporary = self.new_content(media_id, time)
        file = PartialFile(temporary)
        try:
            file.append(text)
            file.make_durable()
            temporary.rename(path)
        except BaseException:
            file.discard()
            raise
        file.close()
        make_names_durable(self._folder)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep other threads and processes out of the names in this folder."""
        descriptor = os.open(self._folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)


def _is_of(record: MediaRecord | None, content: str) -> bool:
    return record is not None and record.content == content


def _began(name: str) -> datetime:
    """Read from the name of a file with bytes when its write began; give a far time for every other name."""
    media_id, at, rest = name.partition("@")
    milliseconds, dash, _ = rest.partition("-")
    try:
        return _EPOCH + int(milliseconds, 16) * _MILLISECOND if media_id and at and dash else _NEVER
    except (ValueError, OverflowError):
        return _NEVER


_NEVER = datetime.max.replace(tzinfo=UTC)
