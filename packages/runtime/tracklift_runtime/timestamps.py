"""Points in time as databases store them: whole microseconds since 1970, which sort in chronological order.

A database's native type is coarser (MongoDB's dates have milliseconds) or does not exist (SQLite).
"""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_timestamp(time: datetime) -> int:
    """Convert an aware time to microseconds since 1970."""
    return (time - _EPOCH) // _MICROSECOND


def from_timestamp(timestamp: int) -> datetime:
    """Convert microseconds since 1970 to a time in UTC."""
    return _EPOCH + timestamp * _MICROSECOND
