"""A library of many conversions, which nobody has waited for."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4


def fill_library(data: Path, conversion_id: str, *, total: int) -> None:
    """Copy a conversion in Tracklift's data folder until its user has so many, each an hour older than the last."""
    with closing(sqlite3.connect(data / "tracklift.sqlite3")) as connection, connection:
        connection.row_factory = sqlite3.Row
        found = dict(connection.execute("SELECT * FROM conversions WHERE id = ?", [conversion_id]).fetchone())
        names, marks = ", ".join(found), ", ".join("?" * len(found))
        now = datetime.now(UTC).replace(tzinfo=None)
        for number in range(1, total):
            copy = {
                **found,
                "id": uuid4().hex,
                "idempotency_key": None,
                "source_name": f"Lecture {number}, on a rather usual subject.mp4",
                "created_at": (now - timedelta(hours=number)).isoformat(sep=" "),
            }
            connection.execute(
                f"INSERT INTO conversions ({names}) VALUES ({marks})",  # noqa: S608  # names of columns
                list(copy.values()),
            )
