"""Users see their sessions, end them, and change the password while logged in."""

import contextlib
from collections.abc import Sequence
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.unit.user.reception import Reception
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.identifiers import SessionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InsufficientScopeError
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.account.change_password import ChangePassword
from tracklift_domain.user.errors import StaleUserError, UserNotFoundError
from tracklift_domain.user.password.errors import TooManyLogInsError, WeakPasswordError, WrongPasswordError
from tracklift_domain.user.password.password import MOST_CHECKED_AT_ONCE
from tracklift_domain.user.password.password_check import PasswordCheck
from tracklift_domain.user.session.errors import InvalidGrantError, NoSuchSessionError, WrongCredentialsError
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.user import User

PASSWORD = "correct horse battery staple"
NEW = "another good pass phrase"
MINUTE = timedelta(minutes=1)


@pytest.fixture
async def ada(reception: Reception) -> User:
    return await reception.register("ada@example.org", PASSWORD)


async def log_in(reception: Reception, device: str | None = None) -> tuple[TokenPair, Caller]:
    """Begin a session of Ada's, and give its tokens and whom they name."""
    tokens = await reception.log_in("ada@example.org", PASSWORD, device)
    return tokens, reception.identify(tokens.access.value)


async def ends(reception: Reception) -> list[tuple[str, str | None]]:
    """Give what was announced of ended sessions."""
    events = await reception.outbox.pending(limit=100)
    return [(event.user_id, event.session_id) for event in events if isinstance(event, SessionsEnded)]


class TestListing:
    async def test_each_session_tells_its_device_and_when_it_was_used_last(
        self, reception: Reception, ada: User
    ) -> None:
        first, caller = await log_in(reception, "Firefox on Linux")
        reception.clock.advance(MINUTE)
        await log_in(reception)
        reception.clock.advance(MINUTE)
        await reception.refresh(first.refresh)

        newer, older = await reception.list_sessions(caller)

        assert (newer.device, newer.last_used_at) == (None, None)
        assert (older.id, older.device) == (caller.session_id, "Firefox on Linux")
        assert older.last_used_at == reception.clock.now()

    async def test_expired_sessions_and_those_of_others_are_not_listed(
        self, reception: Reception, ada: User
    ) -> None:
        await reception.register("bob@example.org", PASSWORD)
        await reception.log_in("bob@example.org", PASSWORD)
        _, caller = await log_in(reception)

        assert len(await reception.list_sessions(caller)) == 1
        reception.clock.advance(timedelta(days=30))
        assert await reception.list_sessions(caller) == []

    async def test_an_api_key_sees_and_ends_no_session(self, reception: Reception, ada: User) -> None:
        _, caller = await log_in(reception)
        key = Caller(user_id=ada.id, email=ada.email, scopes=frozenset(Scope))

        with pytest.raises(InsufficientScopeError):
            await reception.list_sessions(key)
        with pytest.raises(InsufficientScopeError):
            await reception.end_own_sessions.all(key)
        with pytest.raises(InsufficientScopeError):
            await reception.end_own_sessions.one(key, SessionId("x"))
        with pytest.raises(InsufficientScopeError):
            await reception.change_password(key, PASSWORD, NEW)
        assert len(await reception.list_sessions(caller)) == 1


class TestEnding:
    async def test_one_session_ends_and_the_others_go_on(self, reception: Reception, ada: User) -> None:
        lost, lost_caller = await log_in(reception)
        kept, caller = await log_in(reception)
        assert lost_caller.session_id is not None

        await reception.end_own_sessions.one(caller, lost_caller.session_id)

        with pytest.raises(InvalidGrantError):
            await reception.refresh(lost.refresh)
        assert (await reception.refresh(kept.refresh)).refresh
        assert await ends(reception) == [(ada.id, lost_caller.session_id)]

    @pytest.mark.parametrize("session_id", ["", "0" * 32, "\ud800", "' OR 1=1 --"])
    async def test_a_session_that_is_not_there_is_not_found(
        self, reception: Reception, ada: User, session_id: str
    ) -> None:
        _, caller = await log_in(reception)

        with pytest.raises(NoSuchSessionError):
            await reception.end_own_sessions.one(caller, SessionId(session_id))

    async def test_a_session_of_another_user_is_not_there(self, reception: Reception, ada: User) -> None:
        tokens, caller = await log_in(reception)
        bob = await reception.register("bob@example.org", PASSWORD)
        assert caller.session_id is not None

        with pytest.raises(NoSuchSessionError):
            await reception.end_own_sessions.one(Caller(user_id=bob.id, email=bob.email), caller.session_id)

        assert (await reception.refresh(tokens.refresh)).refresh

    async def test_all_sessions_end_with_that_of_the_caller(self, reception: Reception, ada: User) -> None:
        other, _ = await log_in(reception)
        own, caller = await log_in(reception)

        await reception.end_own_sessions.all(caller)

        for tokens in (other, own):
            with pytest.raises(InvalidGrantError):
                await reception.refresh(tokens.refresh)
        assert await ends(reception) == [(ada.id, None)]

    async def test_each_end_of_all_sessions_is_news_of_its_own(self, reception: Reception, ada: User) -> None:
        """Two events of one name would be taken for one."""
        _, caller = await log_in(reception)
        for _ in range(2):
            await reception.end_own_sessions.all(caller)

        events = await reception.outbox.pending(limit=100)
        assert len({event.id for event in events if isinstance(event, SessionsEnded)}) == 2


class TestChangingThePassword:
    async def test_the_new_password_counts_and_the_old_one_does_not(
        self, reception: Reception, ada: User
    ) -> None:
        _, caller = await log_in(reception)

        await reception.change_password(caller, PASSWORD, NEW)

        assert (await reception.log_in("ada@example.org", NEW)).refresh
        with pytest.raises(WrongCredentialsError):
            await reception.log_in("ada@example.org", PASSWORD)

    async def test_all_other_sessions_end(self, reception: Reception, ada: User) -> None:
        other, other_caller = await log_in(reception)
        own, caller = await log_in(reception)

        await reception.change_password(caller, PASSWORD, NEW)

        with pytest.raises(InvalidGrantError):
            await reception.refresh(other.refresh)
        assert (await reception.refresh(own.refresh)).refresh
        assert await ends(reception) == [(ada.id, other_caller.session_id)]

    @pytest.mark.parametrize("present", ["", "wrong", PASSWORD + " ", "x" * 257, "\ud800"])
    async def test_nothing_changes_without_the_present_password(
        self, reception: Reception, ada: User, present: str
    ) -> None:
        other, _ = await log_in(reception)
        _, caller = await log_in(reception)

        with pytest.raises(WrongPasswordError):
            await reception.change_password(caller, present, NEW)

        assert (await reception.refresh(other.refresh)).refresh
        assert (await reception.log_in("ada@example.org", PASSWORD)).refresh

    async def test_a_password_that_is_too_long_costs_no_slow_work(
        self, reception: Reception, ada: User
    ) -> None:
        _, caller = await log_in(reception)
        work = reception.hasher.work

        with pytest.raises(WrongPasswordError):
            await reception.change_password(caller, "x" * 100_000, NEW)

        assert reception.hasher.work == work

    @pytest.mark.parametrize("new", ["", "short", "aaaaaaaaaaaaaaaa", "ada@example.org", "x" * 257])
    async def test_a_weak_password_is_refused(self, reception: Reception, ada: User, new: str) -> None:
        _, caller = await log_in(reception)

        with pytest.raises(WeakPasswordError):
            await reception.change_password(caller, PASSWORD, new)

    async def test_guesses_at_once_are_bounded(self, reception: Reception, ada: User) -> None:
        """As log-ins are: a thief of a session must not find out the password."""
        _, caller = await log_in(reception)
        change = reception.change_password
        with contextlib.ExitStack() as stack:
            for _ in range(MOST_CHECKED_AT_ONCE):
                stack.enter_context(reception.require_password._places.one_for(caller.user_id))
            with pytest.raises(TooManyLogInsError):
                await change(caller, PASSWORD, NEW)

        await change(caller, PASSWORD, NEW)

    async def test_a_user_who_is_gone_changes_nothing(self, reception: Reception, ada: User) -> None:
        _, caller = await log_in(reception)
        await reception.delete_user(caller)

        with pytest.raises(UserNotFoundError):
            await reception.change_password(caller, PASSWORD, NEW)

    async def test_a_user_who_is_changed_meanwhile_is_looked_at_again(
        self, reception: Reception, ada: User
    ) -> None:
        """The other change may have been one of the password: then the present one is wrong by now."""
        _, caller = await log_in(reception)

        class Overtaken(InMemoryUserRepository):
            @override
            async def get(self, user_id: object) -> User:
                return await reception.users.get(ada.id)

            @override
            async def replace(self, user: User, events: Sequence[Event] = ()) -> None:
                current = await reception.users.get(ada.id)
                await reception.users.replace(current.with_password_hash("today:another request was faster"))
                raise StaleUserError(user.id)

        overtaken = Overtaken(reception.outbox)
        change = ChangePassword(
            require_password=PasswordCheck(users=overtaken, hasher=reception.hasher),
            users=overtaken,
            sessions=reception.sessions,
            hasher=reception.hasher,
            passwords=reception.passwords,
            clock=reception.clock,
        )
        with pytest.raises(WrongPasswordError):
            await change(caller, PASSWORD, NEW)

    async def test_other_sessions_have_ended_if_it_breaks_off_behind_the_change(
        self, reception: Reception, ada: User
    ) -> None:
        """The same request can't be repeated then: the password that it gives as the present one is the former one."""
        other, _ = await log_in(reception)
        _, caller = await log_in(reception)

        class BreakingOff(InMemoryUserRepository):
            @override
            async def get(self, user_id: object) -> User:
                return await reception.users.get(ada.id)

            @override
            async def replace(self, user: User, events: Sequence[Event] = ()) -> None:
                await reception.users.replace(user, events)
                raise ServiceUnavailableError("the database", "it was switched off")

        breaking_off = BreakingOff(reception.outbox)
        change = ChangePassword(
            require_password=PasswordCheck(users=breaking_off, hasher=reception.hasher),
            users=breaking_off,
            sessions=reception.sessions,
            hasher=reception.hasher,
            passwords=reception.passwords,
            clock=reception.clock,
        )
        with pytest.raises(ServiceUnavailableError):
            await change(caller, PASSWORD, NEW)

        assert (await reception.log_in("ada@example.org", NEW)).refresh
        with pytest.raises(InvalidGrantError):
            await reception.refresh(other.refresh)
