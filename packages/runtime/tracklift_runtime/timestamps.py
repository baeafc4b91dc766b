"""Points in time as storages keep them: whole microseconds since 1970, which sort as the times do.

Formats of a storage's own are coarser (MongoDB's dates end at milliseconds) or are no type of it at all (SQLite).
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_timestamp(time: datetime) -> int:
    """Write an aware time as microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def from_timestamp(timestamp: int) -> datetime:
    """Read a time, in UTC, from microseconds since 1970."""
    return _EPOCH + timestamp * _MICROSECOND
