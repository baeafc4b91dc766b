"""Points in time as MongoDB keeps them.

Its own dates end at milliseconds, and the domain's moments would not come back as they went in: so they are 64-bit
counts of microseconds since 1970, which sort like the moments themselves.
"""

from datetime import UTC, datetime, timedelta

from bson.int64 import Int64

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_count(moment: datetime) -> Int64:
    """Write a moment."""
    return Int64((moment - _EPOCH) // _MICROSECOND)


def to_moment(count: int) -> datetime:
    """Read a moment, in UTC."""
    return _EPOCH + count * _MICROSECOND
