"""Users who have signed up and signed in before, written into the data folder of a Tracklift that runs.

To hash or check a password takes a third of a second of computing time, by intent. So tests that are about something
else spare it: all these users share the hash of one password, and their sessions are begun without it.
"""

import hashlib
import secrets
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Literal
from uuid import uuid4

import httpx
from argon2 import PasswordHasher

from tests.end_to_end.data_folder import DataFolder
from tests.end_to_end.user import NO_CERTIFICATES, PASSWORD, User

Role = Literal["user", "operator", "admin"]


def add_account(data: DataFolder, email: str, role: Role = "user") -> None:
    """Store a user with the password of all tests, whose address is not verified: as after signing up."""
    row = {
        "id": uuid4().hex,
        "email": email,
        "password_hash": _password_hash(),
        "created_at": _stored(datetime.now(UTC)),
        "role": role,
    }
    _insert(data, "users", row)


def open_session(data: DataFolder, email: str) -> str:
    """Begin a session of a user, and give its refresh token."""
    session, secret, now = uuid4().hex, secrets.token_urlsafe(32), datetime.now(UTC)
    (user,) = (row for row in data.rows("users") if row["email"] == email)
    row = {
        "id": session,
        "user_id": user["id"],
        "token_hash": hashlib.sha256(secret.encode()).hexdigest(),
        "revision": 1,
        "created_at": _stored(now),
        "expires_at": _stored(now + timedelta(days=1)),
    }
    _insert(data, "sessions", row)
    return f"{session}.{secret}"


def session_cookies(data: DataFolder, address: str, email: str) -> dict[str, str]:
    """Begin a session of a user, and give the cookies in which a browser keeps it."""
    cookies = {"tracklift_refresh": open_session(data, email)}
    headers = {"Sec-Fetch-Site": "same-origin"}
    answer = httpx.post(
        f"{address}/v1/session/refresh", cookies=cookies, headers=headers, verify=NO_CERTIFICATES
    )
    return dict(answer.raise_for_status().cookies)


def signed_in_user(data: DataFolder, address: str, email: str) -> User:
    """Give one who has an account already, with a token of a session begun now."""
    user = User(address, email)
    token = session_cookies(data, address, email)["tracklift_access"]
    user.http.headers["Authorization"] = f"Bearer {token}"
    return user


def new_user(data: DataFolder, address: str, email: str) -> User:
    """Give one whose account is made now, signed in."""
    add_account(data, email)
    return signed_in_user(data, address, email)


@cache
def _password_hash() -> str:
    # With the parameters of `Argon2PasswordHasher`, so that no log-in hashes it anew.
    return PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4).hash(PASSWORD)


def _stored(time: datetime) -> str:
    return time.replace(tzinfo=None).isoformat(sep=" ", timespec="microseconds")


def _insert(data: DataFolder, table: str, row: Mapping[str, str | int]) -> None:
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    with closing(sqlite3.connect(data.path / "tracklift.sqlite3", timeout=60)) as connection, connection:
        connection.execute(
            f"INSERT INTO {table} ({names}) VALUES ({marks})",  # noqa: S608  # names of tables and columns
            list(row.values()),
        )
