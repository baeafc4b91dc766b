import asyncio

import pytest
from typing_extensions import override

from tests.contracts.examples import NOW
from tests.unit.user.doubles import LASTS, LegibleHasher
from tests.unit.user.reception import Reception
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.password.errors import TooManyLogInsError
from tracklift_domain.user.password.password import LONGEST_CHECKED, MOST_CHECKED_AT_ONCE
from tracklift_domain.user.password.ports import PasswordHasher
from tracklift_domain.user.session.errors import SessionNotFoundError, WrongCredentialsError
from tracklift_domain.user.session.log_in import LogIn
from tracklift_domain.user.session.session import Session
from tracklift_domain.user.session.session_keeper import SessionKeeper, split_refresh_token

PASSWORD = "correct horse battery staple"


def with_hasher(reception: Reception, hasher: PasswordHasher, sessions: SessionKeeper | None = None) -> LogIn:
    """Make a log-in with another hasher, and perhaps with another keeper of sessions."""
    return LogIn(
        users=reception.users,
        hasher=hasher,
        sessions=sessions or reception.keeper,
        check_second_factor=reception.check_second_factor,
    )


async def test_address_and_password_give_a_token_that_names_the_user(reception: Reception) -> None:
    user = await reception.register("ada@example.org", PASSWORD)
    tokens = await reception.log_in("ADA@example.org", PASSWORD)
    session_id, _ = split_refresh_token(tokens.refresh)
    named = Caller(user_id=user.id, email=user.email, session_id=session_id)
    assert reception.identify(tokens.access.value) == named
    assert tokens.access.expires_in == LASTS.total_seconds()


async def test_each_log_in_begins_a_session_of_its_own(reception: Reception) -> None:
    await reception.register("ada@example.org", PASSWORD)
    first = await reception.log_in("ada@example.org", PASSWORD)
    second = await reception.log_in("ada@example.org", PASSWORD)
    await reception.end_session(first.refresh)
    assert (await reception.refresh(second.refresh)).access.value


@pytest.mark.parametrize(
    ("email", "password"),
    [
        ("ada@example.org", "a wrong password"),
        ("ada@example.org", ""),
        ("ada@example.org", PASSWORD.upper()),
        ("ada@example.org", PASSWORD + " "),
        ("bob@example.org", PASSWORD),
        ("no address at all", PASSWORD),
        ("", ""),
    ],
)
async def test_a_wrong_address_and_a_wrong_password_look_the_same_and_cost_the_same(
    reception: Reception, email: str, password: str
) -> None:
    """Neither the answer nor the time it takes tells whether an address has an account."""
    await reception.register("ada@example.org", PASSWORD)
    work_before = reception.hasher.work
    with pytest.raises(WrongCredentialsError) as refused:
        await reception.log_in(email, password)
    assert str(refused.value) == str(WrongCredentialsError())
    assert reception.hasher.work == work_before + 1


async def test_the_first_unknown_address_after_a_start_costs_no_more_than_a_later_one(
    reception: Reception,
) -> None:
    costs = []
    for _ in range(3):
        before = reception.hasher.work
        with pytest.raises(WrongCredentialsError):
            await reception.log_in("nobody@example.org", PASSWORD)
        costs.append(reception.hasher.work - before)
    assert costs == [1, 1, 1]


@pytest.mark.parametrize("password", ["x" * (LONGEST_CHECKED + 1), "half a \ud83d smiley"])
@pytest.mark.parametrize("email", ["ada@example.org", "nobody@example.org"])
async def test_a_password_that_nobody_can_have_is_wrong_without_any_work(
    reception: Reception, email: str, password: str
) -> None:
    await reception.register("ada@example.org", PASSWORD)
    work_before = reception.hasher.work
    with pytest.raises(WrongCredentialsError):
        await reception.log_in(email, password)
    assert reception.hasher.work == work_before


async def test_a_hash_of_old_parameters_is_made_anew_with_the_log_in(reception: Reception) -> None:
    user = await reception.register("ada@example.org", PASSWORD)
    reception.hasher.parameters = "tomorrow"
    await reception.log_in("ada@example.org", PASSWORD)
    stored = await reception.users.get(user.id)
    assert stored.password_hash == f"tomorrow:{PASSWORD}"
    await reception.log_in("ada@example.org", PASSWORD)
    assert await reception.users.get(user.id) == stored


async def test_a_hash_that_somebody_else_made_anew_meanwhile_stays(reception: Reception) -> None:
    """Two who log in at once with the same password both succeed."""
    user = await reception.register("ada@example.org", PASSWORD)

    class OvertakenByAnother(LegibleHasher):
        @override
        async def hash(self, password: str) -> str:
            await reception.users.replace(user.with_password_hash(f"tomorrow, sooner:{password}"))
            return await super().hash(password)

    hasher = OvertakenByAnother()
    hasher.parameters = "tomorrow"
    log_in = with_hasher(reception, hasher)
    tokens = await log_in("ada@example.org", PASSWORD)
    assert (await reception.users.get(user.id)).password_hash == f"tomorrow, sooner:{PASSWORD}"
    assert (await reception.refresh(tokens.refresh)).access.value


@pytest.mark.parametrize("parameters", ["today", "tomorrow"])
async def test_an_old_password_opens_nothing_once_it_was_reset(reception: Reception, parameters: str) -> None:
    """The reset came while the old password was being checked, when there was no session yet that it could end."""
    user = await reception.register("ada@example.org", PASSWORD)

    class ResetMeanwhile(LegibleHasher):
        @override
        async def verify(self, password: str, password_hash: str) -> bool:
            good = await super().verify(password, password_hash)
            if self.work == 1:
                await reception.users.replace(user.with_reset_password("today:a new password", NOW))
            return good

    hasher = ResetMeanwhile()
    hasher.parameters = parameters
    opened: list[Session] = []

    class Noting(InMemorySessionRepository):
        @override
        async def add(self, session: Session) -> None:
            opened.append(session)
            await super().add(session)

    sessions = Noting(reception.users, reception.outbox)
    keeper = SessionKeeper(
        sessions=sessions,
        issuer=reception.tokens,
        clock=reception.clock,
        identifiers=reception.identifiers,
        lasts=LASTS,
    )
    with pytest.raises(WrongCredentialsError):
        await with_hasher(reception, hasher, keeper)("ada@example.org", PASSWORD)
    assert (await reception.users.get(user.id)).password_hash == "today:a new password"
    (session,) = opened
    with pytest.raises(SessionNotFoundError):
        await sessions.get(session.id)


async def test_a_hash_is_not_made_anew_for_a_wrong_password(reception: Reception) -> None:
    user = await reception.register("ada@example.org", PASSWORD)
    reception.hasher.parameters = "tomorrow"
    with pytest.raises(WrongCredentialsError):
        await reception.log_in("ada@example.org", "a wrong password")
    assert await reception.users.get(user.id) == user


@pytest.mark.parametrize("parameters", ["today", "tomorrow"])
async def test_an_account_that_is_deleted_during_the_log_in_has_no_credentials(
    reception: Reception, parameters: str
) -> None:
    user = await reception.register("ada@example.org", PASSWORD)

    class DeletesMeanwhile(LegibleHasher):
        @override
        async def verify(self, password: str, password_hash: str) -> bool:
            await reception.delete_user(Caller(user_id=user.id, email=EmailAddress("ada@example.org")))
            return await super().verify(password, password_hash)

    hasher = DeletesMeanwhile()
    hasher.parameters = parameters
    log_in = with_hasher(reception, hasher)
    with pytest.raises(WrongCredentialsError):
        await log_in("ada@example.org", PASSWORD)


class SlowHasher(LegibleHasher):
    """Ends its work only when it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.may_end = asyncio.Event()

    @override
    async def hash(self, password: str) -> str:
        hashed = await super().hash(password)
        await self.may_end.wait()
        return hashed

    @override
    async def verify(self, password: str, password_hash: str) -> bool:
        matches = await super().verify(password, password_hash)
        await self.may_end.wait()
        return matches


async def a_slow_log_in(reception: Reception) -> tuple[SlowHasher, LogIn]:
    """Give a log-in whose hasher waits, with one user signed up."""
    await reception.register("ada@example.org", PASSWORD)
    hasher = SlowHasher()
    return hasher, with_hasher(reception, hasher)


@pytest.mark.parametrize(
    ("guessed", "again"),
    [
        ("ada@example.org", " ADA@example.org"),
        ("nobody@example.org", "Nobody@example.org"),
        ("no address", "another that is none"),
    ],
)
async def test_guesses_at_one_password_leave_room_for_other_users(
    reception: Reception, guessed: str, again: str
) -> None:
    """Above a few at once, guesses cost no hashing, whether the address has an account or not."""
    hasher, log_in = await a_slow_log_in(reception)
    await reception.register("bob@example.org", PASSWORD)
    guesses = [asyncio.create_task(log_in(guessed, f"guess {n}")) for n in range(MOST_CHECKED_AT_ONCE)]
    while hasher.work < MOST_CHECKED_AT_ONCE:
        await asyncio.sleep(0)

    for _ in range(3):
        with pytest.raises(TooManyLogInsError):
            await log_in(again, PASSWORD)
    assert hasher.work == MOST_CHECKED_AT_ONCE
    hasher.may_end.set()
    assert (await log_in("bob@example.org", PASSWORD)).access.value
    results = await asyncio.gather(*guesses, return_exceptions=True)
    assert {type(result) for result in results} == {WrongCredentialsError}


async def test_an_address_has_its_places_again_once_its_log_ins_are_checked(reception: Reception) -> None:
    """Also when clients did not wait for the answer."""
    hasher, log_in = await a_slow_log_in(reception)
    for _ in range(3):
        guesses = [
            asyncio.create_task(log_in("ada@example.org", "guess")) for _ in range(MOST_CHECKED_AT_ONCE)
        ]
        await asyncio.sleep(0)
        for guess in guesses:
            guess.cancel()
        await asyncio.gather(*guesses, return_exceptions=True)
    hasher.may_end.set()

    assert (await log_in("ada@example.org", PASSWORD)).access.value
