"""What every repository of mailed tokens must do, together with users, their sessions and keys, and its outbox."""

import asyncio
from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import (
    ADA,
    BOB,
    DAY,
    NOW,
    SECOND,
    a_mailed_token,
    a_session,
    a_user,
    an_api_key,
)
from tracklift_domain.events import Event
from tracklift_domain.messaging.ports import Outbox
from tracklift_domain.user.api_key.ports import ApiKeyRepository
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import StaleUserError, UserNotFoundError
from tracklift_domain.user.events import UserEmailVerified
from tracklift_domain.user.mailed_link.errors import (
    InvalidMailedTokenError,
    MailedTokenUsedError,
    TooManyMailedTokensError,
)
from tracklift_domain.user.mailed_link.events import PasswordResetRequested
from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose
from tracklift_domain.user.mailed_link.ports import MailedTokenRepository
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.session.errors import SessionNotFoundError
from tracklift_domain.user.session.ports import SessionRepository

ALL = 1000
LATER = NOW + SECOND


def mailed(token: MailedToken) -> Event:
    """Announce a token."""
    return PasswordResetRequested.of(token, "the token itself")


def used(token: MailedToken) -> MailedToken:
    """Give a token as it is once used."""
    return replace(token, used_at=LATER)


class MailedTokenRepositoryContract:
    """Inherit and override the fixtures; all must share their storage."""

    @pytest.fixture
    @abstractmethod
    def outbox(self) -> Outbox:
        """Give the repositories' outbox."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def users(self) -> UserRepository:
        """Give an empty repository of users."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def sessions(self) -> SessionRepository:
        """Give an empty repository of their sessions."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def keys(self) -> ApiKeyRepository:
        """Give an empty repository of their API keys."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def tokens(self) -> MailedTokenRepository:
        """Give an empty repository of their mailed tokens."""
        raise NotImplementedError

    @pytest.mark.parametrize("purpose", TokenPurpose)
    async def test_a_token_is_read_as_stored(
        self, users: UserRepository, tokens: MailedTokenRepository, purpose: TokenPurpose
    ) -> None:
        await users.add(a_user())
        token = a_mailed_token(purpose=purpose, email=EmailAddress("ada.ünïcode@example.org"))

        await tokens.add(token, at_most=1)

        assert await tokens.get(token.token_hash) == token

    @pytest.mark.parametrize("unknown", ["0" * 64, "", "' OR 1=1 --"])
    async def test_a_missing_token_is_not_valid(self, tokens: MailedTokenRepository, unknown: str) -> None:
        with pytest.raises(InvalidMailedTokenError):
            await tokens.get(unknown)

    async def test_events_are_stored_with_a_new_token(
        self, users: UserRepository, tokens: MailedTokenRepository, outbox: Outbox
    ) -> None:
        await users.add(a_user())

        await tokens.add(a_mailed_token(), [mailed(a_mailed_token())], at_most=1)

        assert list(await outbox.pending(limit=ALL)) == [mailed(a_mailed_token())]

    async def test_there_is_no_token_without_a_user(
        self, tokens: MailedTokenRepository, outbox: Outbox
    ) -> None:
        with pytest.raises(UserNotFoundError):
            await tokens.add(a_mailed_token(), [mailed(a_mailed_token())], at_most=5)

        with pytest.raises(InvalidMailedTokenError):
            await tokens.get(a_mailed_token().token_hash)
        assert list(await outbox.pending(limit=ALL)) == []

    async def test_a_token_that_is_drawn_twice_is_a_mistake_of_the_caller(
        self, users: UserRepository, tokens: MailedTokenRepository, outbox: Outbox
    ) -> None:
        """Tokens are drawn at random, so this tells of a broken source."""
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        await tokens.add(a_mailed_token(), at_most=5)

        with pytest.raises(ValueError, match="stored already"):
            await tokens.add(a_mailed_token(user_id=BOB), [mailed(a_mailed_token())], at_most=5)

        assert await tokens.get(a_mailed_token().token_hash) == a_mailed_token()
        assert list(await outbox.pending(limit=ALL)) == []

    async def test_a_user_has_a_bounded_number_of_tokens_for_a_purpose(
        self, users: UserRepository, tokens: MailedTokenRepository, outbox: Outbox
    ) -> None:
        """Those of other users and purposes do not count, nor those that have expired; used ones do."""
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        await tokens.add(a_mailed_token(1), at_most=2)
        await tokens.add(a_mailed_token(2, user_id=BOB), at_most=2)
        await tokens.add(a_mailed_token(3, purpose=TokenPurpose.VERIFY_EMAIL), at_most=2)
        await tokens.add(a_mailed_token(4, expires_at=NOW), at_most=2)
        await tokens.add(a_mailed_token(5), at_most=2)
        await tokens.redeem(used(a_mailed_token(1)), a_user(revision=2))

        with pytest.raises(TooManyMailedTokensError) as refused:
            await tokens.add(a_mailed_token(6), [mailed(a_mailed_token(6))], at_most=2)

        assert refused.value.user_id == ADA
        assert list(await outbox.pending(limit=ALL)) == []
        with pytest.raises(InvalidMailedTokenError):
            await tokens.get(a_mailed_token(6).token_hash)
        await tokens.add(a_mailed_token(7, created_at=NOW + DAY, expires_at=NOW + 2 * DAY), at_most=2)

    async def test_the_bound_holds_however_many_ask_at_once(
        self, users: UserRepository, tokens: MailedTokenRepository, outbox: Outbox
    ) -> None:
        await users.add(a_user())

        answers = await asyncio.gather(
            *(
                tokens.add(a_mailed_token(number), [mailed(a_mailed_token(number))], at_most=3)
                for number in range(20)
            ),
            return_exceptions=True,
        )

        assert answers.count(None) == 3
        assert sum(isinstance(answer, TooManyMailedTokensError) for answer in answers) == 17
        assert len(await outbox.pending(limit=ALL)) == 3

    async def test_a_used_token_changes_its_user_and_uses_up_those_like_it(
        self, users: UserRepository, sessions: SessionRepository, tokens: MailedTokenRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        others = [
            a_mailed_token(3, user_id=BOB),
            a_mailed_token(4, purpose=TokenPurpose.VERIFY_EMAIL),
        ]
        for token in (a_mailed_token(1), a_mailed_token(2), *others):
            await tokens.add(token, at_most=5)
        await sessions.add(a_session())
        changed = a_user(password_hash="new", email_verified_at=LATER, revision=2)

        await tokens.redeem(used(a_mailed_token(1)), changed)

        assert await users.get(ADA) == changed
        assert await tokens.get(a_mailed_token(1).token_hash) == used(a_mailed_token(1))
        assert await tokens.get(a_mailed_token(2).token_hash) == used(a_mailed_token(2))
        for token in others:
            assert await tokens.get(token.token_hash) == token
        assert await sessions.get(a_session().id) == a_session()

    async def test_events_of_the_change_are_stored_with_it_or_not_at_all(
        self, users: UserRepository, tokens: MailedTokenRepository, outbox: Outbox
    ) -> None:
        await users.add(a_user())
        await tokens.add(a_mailed_token(), at_most=5)
        changed = a_user(email_verified_at=LATER, revision=2)
        verified = UserEmailVerified.of(changed, LATER)

        await tokens.redeem(used(a_mailed_token()), changed, [verified])
        with pytest.raises(MailedTokenUsedError):
            await tokens.redeem(used(a_mailed_token()), replace(changed, revision=3), [verified])

        assert list(await outbox.pending(limit=ALL)) == [verified]

    async def test_sessions_end_in_the_same_step_if_asked(
        self, users: UserRepository, sessions: SessionRepository, tokens: MailedTokenRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        for number in (1, 2):
            await sessions.add(a_session(number))
        await sessions.add(a_session(3, user_id=BOB))
        await tokens.add(a_mailed_token(), at_most=5)

        await tokens.redeem(used(a_mailed_token()), a_user(revision=2), end_access=True)

        for number in (1, 2):
            with pytest.raises(SessionNotFoundError):
                await sessions.get(a_session(number).id)
        assert await sessions.get(a_session(3).id) == a_session(3, user_id=BOB)

    async def test_api_keys_are_deleted_in_the_same_step_if_asked(
        self, users: UserRepository, keys: ApiKeyRepository, tokens: MailedTokenRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        for key in (an_api_key(1), an_api_key(2), an_api_key(3, user_id=BOB)):
            await keys.add(key, at_most=5)
        for number in (1, 2):
            await tokens.add(a_mailed_token(number), at_most=5)

        await tokens.redeem(used(a_mailed_token(1)), a_user(revision=2))
        assert len(await keys.list_of(ADA)) == 2, "only if asked"
        await tokens.add(a_mailed_token(4), at_most=5)
        await tokens.redeem(used(a_mailed_token(4)), a_user(revision=3), end_access=True)

        assert await keys.list_of(ADA) == []
        assert await keys.list_of(BOB) == [an_api_key(3, user_id=BOB)]

    async def test_a_token_is_used_once(self, users: UserRepository, tokens: MailedTokenRepository) -> None:
        await users.add(a_user())
        await tokens.add(a_mailed_token(), at_most=5)
        await tokens.redeem(used(a_mailed_token()), a_user(password_hash="first", revision=2))

        with pytest.raises(MailedTokenUsedError):
            await tokens.redeem(
                replace(a_mailed_token(), used_at=NOW + DAY), a_user(password_hash="second", revision=3)
            )

        assert (await users.get(ADA)).password_hash == "first"
        assert await tokens.get(a_mailed_token().token_hash) == used(a_mailed_token())

    async def test_a_token_that_is_not_there_changes_nothing(
        self, users: UserRepository, sessions: SessionRepository, tokens: MailedTokenRepository
    ) -> None:
        await users.add(a_user())
        await sessions.add(a_session())

        with pytest.raises(MailedTokenUsedError):
            await tokens.redeem(used(a_mailed_token()), a_user(revision=2), end_access=True)

        assert await users.get(ADA) == a_user()
        assert await sessions.get(a_session().id) == a_session()

    async def test_a_user_who_was_changed_meanwhile_keeps_the_token_good(
        self, users: UserRepository, sessions: SessionRepository, tokens: MailedTokenRepository
    ) -> None:
        await users.add(a_user())
        await sessions.add(a_session())
        await tokens.add(a_mailed_token(), at_most=5)
        await users.replace(a_user(password_hash="meanwhile", revision=2))

        with pytest.raises(StaleUserError):
            await tokens.redeem(used(a_mailed_token()), a_user(revision=2), end_access=True)

        assert (await users.get(ADA)).password_hash == "meanwhile"
        assert await tokens.get(a_mailed_token().token_hash) == a_mailed_token()
        assert await sessions.get(a_session().id) == a_session()

    async def test_of_many_who_use_a_token_at_once_one_succeeds(
        self, users: UserRepository, tokens: MailedTokenRepository
    ) -> None:
        await users.add(a_user())
        await tokens.add(a_mailed_token(), at_most=5)
        changes = [a_user(password_hash=f"new {number}", revision=2) for number in range(20)]

        answers = await asyncio.gather(
            *(tokens.redeem(used(a_mailed_token()), user, end_access=True) for user in changes),
            return_exceptions=True,
        )

        assert answers.count(None) == 1
        assert sum(isinstance(answer, MailedTokenUsedError | StaleUserError) for answer in answers) == 19
        assert await users.get(ADA) == changes[answers.index(None)]

    async def test_tokens_that_expired_before_a_time_are_forgotten_and_counted(
        self, users: UserRepository, tokens: MailedTokenRepository
    ) -> None:
        await users.add(a_user())
        await tokens.add(a_mailed_token(1, expires_at=NOW - timedelta(microseconds=1)), at_most=5)
        await tokens.add(a_mailed_token(2, expires_at=NOW), at_most=5)

        assert await tokens.forget_before(NOW) == 1
        assert await tokens.forget_before(NOW) == 0

        with pytest.raises(InvalidMailedTokenError):
            await tokens.get(a_mailed_token(1).token_hash)
        assert (await tokens.get(a_mailed_token(2).token_hash)).expires_at == NOW

    async def test_a_removed_user_takes_all_tokens_along(
        self, users: UserRepository, tokens: MailedTokenRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        await tokens.add(a_mailed_token(1), at_most=5)
        await tokens.add(a_mailed_token(2, user_id=BOB), at_most=5)

        await users.remove(ADA)

        with pytest.raises(InvalidMailedTokenError):
            await tokens.get(a_mailed_token(1).token_hash)
        assert await tokens.get(a_mailed_token(2).token_hash) == a_mailed_token(2, user_id=BOB)
        with pytest.raises(MailedTokenUsedError):
            await tokens.redeem(used(a_mailed_token(1)), a_user(BOB, "bob@example.org", revision=2))
