"""Types of columns that mean the same in SQLite, MySQL and MariaDB."""

from datetime import UTC, datetime

from sqlalchemy import JSON, BigInteger, DateTime, Dialect, Integer, Text, TypeDecorator
from sqlalchemy.dialects import mysql
from typing_extensions import override

MYSQL_NAMES = ("mysql", "mariadb")
"""What SQLAlchemy calls the two dialects of MySQL, depending on the URL."""


class UtcDateTime(TypeDecorator[datetime]):
    """A time to the microsecond, stored as UTC without an offset. Takes and gives aware datetimes only."""

    # MySQL keeps whole seconds unless told otherwise.
    impl = DateTime().with_variant(mysql.DATETIME(fsp=6), *MYSQL_NAMES)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time needs an aware datetime")
        return value.astimezone(UTC).replace(tzinfo=None)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


# MySQL's TEXT ends at 64 KiB, and what comes from outside may be longer.
LONG_TEXT = Text().with_variant(mysql.MEDIUMTEXT(), *MYSQL_NAMES)
# NULL where a release that lacks the column wrote the row.
OPTIONAL_JSON = JSON(none_as_null=True)
# SQLite numbers rows by itself only in a column of exactly INTEGER, which is of 64 bits there.
ROW_NUMBER = BigInteger().with_variant(Integer(), "sqlite")
