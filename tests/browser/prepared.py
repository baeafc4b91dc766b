"""Conversions that a visitor has already, without the upload, the conversion and the page that they take."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from uuid import uuid4

from tests.end_to_end.accounts import new_user
from tests.end_to_end.data_folder import DataFolder
from tests.media.samples import sample


def give_conversion(data: DataFolder, address: str, email: str, name: str) -> str:
    """Give a user the ended conversion of a sample, sent whole, and return its id.

    Each sample is converted once for each Tracklift. The copies share its media, as conversions made of one video do,
    so delete none of them.
    """
    found = dict(data.conversion(_converted(data, address, name)))
    with closing(sqlite3.connect(data.path / "tracklift.sqlite3")) as connection, connection:
        (owner,) = connection.execute("SELECT id FROM users WHERE email = ?", [email]).fetchone()
        copy = {
            **found,
            "id": uuid4().hex,
            "owner_id": owner,
            "owner_email": email,
            "uploaded_as": found["id"],
            "created_at": datetime.now(UTC).replace(tzinfo=None).isoformat(sep=" "),
        }
        names, marks = ", ".join(copy), ", ".join("?" * len(copy))
        connection.execute(
            f"INSERT INTO conversions ({names}) VALUES ({marks})",  # noqa: S608  # names of columns
            list(copy.values()),
        )
    return str(copy["id"])


@cache
def _converted(data: DataFolder, address: str, name: str) -> str:
    user = new_user(data, address, f"{uuid4().hex}@example.org")
    conversion = user.upload(sample(name))
    user.wait_for_end(conversion)
    user.http.close()
    return conversion
