"""Users who have signed up and signed in before, stored in the database of a Tracklift that runs.

To hash or check a password takes a third of a second of computing time, by intent. So tests that are about something
else spare it: all these users share the hash of one password, and their sessions are begun without it.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Literal, Protocol, TypeVar
from uuid import uuid4

import httpx

from tests.end_to_end.user import NO_CERTIFICATES, PASSWORD, User, as_client_of_its_own
from tracklift_adapters.security.password_hasher import Argon2PasswordHasher
from tracklift_adapters.sql.database import SqlDatabase
from tracklift_adapters.sql.engine import create_engine
from tracklift_adapters.sql.outbox import SqlOutbox
from tracklift_adapters.sql.sessions import SqlSessionRepository
from tracklift_adapters.sql.users import SqlUserRepository
from tracklift_domain.identifiers import SessionId, UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.role import Role as DomainRole
from tracklift_domain.user.session.session import Session
from tracklift_domain.user.session.session_keeper import hash_secret
from tracklift_domain.user.user import User as DomainUser

Role = Literal["user", "operator", "admin"]
_Result = TypeVar("_Result")


class Data(Protocol):
    """What a Tracklift keeps."""

    @property
    def accounts(self) -> str:
        """The URL of the database of its users."""


def add_account(data: Data, email: str, role: Role = "user", *, verified: bool = False) -> str:
    """Store a user and give the id. By default it has the password of all tests and is as after signing up."""
    now = datetime.now(UTC)
    user = DomainUser(
        id=UserId(uuid4().hex),
        email=EmailAddress(email),
        password_hash=_password_hash(),
        created_at=now,
        email_verified_at=now if verified else None,
        role=DomainRole(role),
    )

    async def add(database: SqlDatabase, outbox: SqlOutbox) -> None:
        await SqlUserRepository(database, outbox).add(user)

    _work_on(data, add)
    return user.id


def change_password_hash(data: Data, email: str, password_hash: str) -> None:
    """Store another hash for a user's password."""

    async def change(database: SqlDatabase, outbox: SqlOutbox) -> None:
        users = SqlUserRepository(database, outbox)
        user = await users.get_by_email(EmailAddress(email))
        await users.replace(user.with_password_hash(password_hash))

    _work_on(data, change)


def open_session(data: Data, email: str) -> str:
    """Begin a session of a user, and give its refresh token."""
    session, secret, now = SessionId(uuid4().hex), secrets.token_urlsafe(32), datetime.now(UTC)

    async def add(database: SqlDatabase, outbox: SqlOutbox) -> None:
        user = await SqlUserRepository(database, outbox).get_by_email(EmailAddress(email))
        begun = Session(
            id=session,
            user_id=user.id,
            token_hash=hash_secret(secret),
            created_at=now,
            expires_at=now + timedelta(days=1),
        )
        await SqlSessionRepository(database, outbox).add(begun)

    _work_on(data, add)
    return f"{session}.{secret}"


def session_cookies(data: Data, address: str, email: str) -> dict[str, str]:
    """Begin a session of a user, and give the cookies in which a browser keeps it."""
    cookies = {"tracklift_refresh": open_session(data, email)}
    headers = {"Sec-Fetch-Site": "same-origin", **as_client_of_its_own()}
    answer = httpx.post(
        f"{address}/v1/session/refresh", cookies=cookies, headers=headers, verify=NO_CERTIFICATES
    )
    return dict(answer.raise_for_status().cookies)


def signed_in_user(data: Data, address: str, email: str) -> User:
    """Give one who has an account already, with a token of a session begun now."""
    user = User(address, email)
    token = session_cookies(data, address, email)["tracklift_access"]
    user.http.headers["Authorization"] = f"Bearer {token}"
    return user


def new_user(data: Data, address: str, email: str, role: Role = "user", *, verified: bool = False) -> User:
    """Give one whose account is made now, signed in. No mail greets them, as it does who signs up."""
    add_account(data, email, role, verified=verified)
    return signed_in_user(data, address, email)


@cache
def _password_hash() -> str:
    # Of as little work as Argon2 can do, so that it is checked at once. Signing in replaces it by one of full work.
    hasher = Argon2PasswordHasher(passes=1, memory=8, lanes=1)
    try:
        return _run(lambda: hasher.hash(PASSWORD))
    finally:
        hasher.close()


def _work_on(data: Data, work: Callable[[SqlDatabase, SqlOutbox], Coroutine[Any, Any, None]]) -> None:
    """Work on the database beside the Tracklift that has it open."""

    async def work_on_it() -> None:
        engine = create_engine(data.accounts)
        try:
            database = SqlDatabase(engine)
            await work(database, SqlOutbox(database))
        finally:
            await engine.dispose()

    _run(work_on_it)


def _run(work: Callable[[], Coroutine[Any, Any, _Result]]) -> _Result:
    """Run to its end what is asynchronous, also where an event loop runs: in a thread with one of its own."""
    with ThreadPoolExecutor(max_workers=1) as thread:
        return thread.submit(lambda: asyncio.run(work())).result()
