"""What every repository of sessions must do, together with the users they belong to."""

import asyncio
from abc import abstractmethod
from datetime import timedelta

import pytest

from tests.contracts.examples import ADA, BOB, DAY, NOW, SECOND, a_session, a_user
from tracklift_domain.identifiers import EventId, SessionId
from tracklift_domain.messaging.ports import Outbox
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.session.errors import SessionNotFoundError
from tracklift_domain.user.session.ports import SessionRepository


class SessionRepositoryContract:
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

    async def test_a_session_is_read_as_stored(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        await users.add(a_user())
        session = a_session(device="x" * 64, last_used_at=NOW + SECOND)
        await sessions.add(session)

        assert await sessions.get(session.id) == session

    @pytest.mark.parametrize("unknown", ["0" * 32, "", "🙁", "' OR 1=1 --", "x" * 5000])
    async def test_a_missing_session_is_not_found(self, sessions: SessionRepository, unknown: str) -> None:
        """Whatever the id is: it comes out of a token that anybody may have made up."""
        with pytest.raises(SessionNotFoundError):
            await sessions.get(SessionId(unknown))

    async def test_there_is_no_session_without_a_user(self, sessions: SessionRepository) -> None:
        with pytest.raises(UserNotFoundError):
            await sessions.add(a_session())

        with pytest.raises(SessionNotFoundError):
            await sessions.get(a_session().id)

    async def test_an_id_that_is_used_twice_is_a_mistake_of_the_caller(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        """Ids are drawn at random, so this tells of a broken source."""
        await users.add(a_user())
        await sessions.add(a_session())

        with pytest.raises(ValueError, match="stored already"):
            await sessions.add(a_session(token_hash="other"))

        assert await sessions.get(a_session().id) == a_session()

    async def test_a_user_may_have_many_sessions(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        await users.add(a_user())
        for number in range(3):
            await sessions.add(a_session(number))

        assert (await sessions.get(a_session(2).id)).user_id == ADA

    async def test_the_next_revision_replaces_the_one_before(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        await users.add(a_user())
        await sessions.add(a_session())
        rotated = a_session().rotate(NOW + SECOND, token_hash="7f" * 32, lasts=DAY)

        await sessions.replace(rotated)

        assert await sessions.get(rotated.id) == rotated

    async def test_a_refresh_token_is_replaced_once(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        """The second caller with the same token finds the session changed."""
        await users.add(a_user())
        await sessions.add(a_session())
        rotations = [a_session().rotate(NOW, token_hash=f"{number:064x}", lasts=DAY) for number in range(50)]

        answers = await asyncio.gather(*map(sessions.replace, rotations), return_exceptions=True)

        assert answers.count(None) == 1
        assert sum(isinstance(answer, SessionNotFoundError) for answer in answers) == 49
        assert await sessions.get(a_session().id) == rotations[answers.index(None)]

    async def test_a_revision_is_not_skipped(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        await users.add(a_user())
        await sessions.add(a_session())

        for revision in (0, 1, 3):
            with pytest.raises(SessionNotFoundError):
                await sessions.replace(a_session(revision=revision, token_hash="other"))

        assert await sessions.get(a_session().id) == a_session()

    async def test_a_missing_session_can_not_be_replaced(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        await users.add(a_user())

        with pytest.raises(SessionNotFoundError):
            await sessions.replace(a_session(revision=2))
        with pytest.raises(SessionNotFoundError):
            await sessions.get(a_session().id)

    async def test_a_session_ends_and_may_be_ended_again(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        await users.add(a_user())
        await sessions.add(a_session(1))
        await sessions.add(a_session(2))

        await sessions.remove(a_session(1).id)
        await sessions.remove(a_session(1).id)

        with pytest.raises(SessionNotFoundError):
            await sessions.get(a_session(1).id)
        assert await sessions.get(a_session(2).id) == a_session(2)

    async def test_the_end_of_a_session_is_announced_with_it_and_once(
        self, users: UserRepository, sessions: SessionRepository, outbox: Outbox
    ) -> None:
        await users.add(a_user())
        await sessions.add(a_session())
        ended = SessionsEnded.of(a_session().user_id, a_session().id, NOW)

        await asyncio.gather(*(sessions.remove(a_session().id, [ended]) for _ in range(5)))

        assert list(await outbox.pending(limit=10)) == [ended]

    async def test_the_sessions_of_a_user_are_listed_newest_first(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        listed = [
            a_session(1, created_at=NOW + SECOND),
            a_session(4),
            a_session(2, expires_at=NOW - DAY),
            a_session(3, created_at=NOW - SECOND),
        ]
        for session in (listed[2], listed[0], listed[3], listed[1]):
            await sessions.add(session)
        await sessions.add(a_session(5, user_id=BOB))

        assert await sessions.list_of(ADA) == listed

    async def test_a_user_who_is_not_there_has_no_sessions(self, sessions: SessionRepository) -> None:
        assert await sessions.list_of(ADA) == []

    async def test_all_sessions_of_a_user_end_at_once_and_it_is_announced(
        self, users: UserRepository, sessions: SessionRepository, outbox: Outbox
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        for number in (1, 2):
            await sessions.add(a_session(number))
        await sessions.add(a_session(3, user_id=BOB))
        ended = SessionsEnded.at_once(ADA, EventId("an event"), NOW)

        await sessions.remove_of(ADA, [ended])

        assert await sessions.list_of(ADA) == []
        assert await sessions.list_of(BOB) == [a_session(3, user_id=BOB)]
        assert list(await outbox.pending(limit=10)) == [ended]

    async def test_expired_sessions_are_removed_and_counted(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        """A session is over at the very time at which it expires."""
        await users.add(a_user())
        await sessions.add(a_session(1, expires_at=NOW - DAY))
        await sessions.add(a_session(2, expires_at=NOW))
        await sessions.add(a_session(3, expires_at=NOW + timedelta(microseconds=1)))

        assert await sessions.remove_expired(NOW) == 2
        assert await sessions.remove_expired(NOW) == 0

        assert (await sessions.get(a_session(3).id)).expires_at == NOW + timedelta(microseconds=1)
        with pytest.raises(SessionNotFoundError):
            await sessions.get(a_session(2).id)

    async def test_a_removed_user_takes_all_sessions_along(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        await sessions.add(a_session(1))
        await sessions.add(a_session(2))
        await sessions.add(a_session(3, user_id=BOB))

        await users.remove(ADA)

        for number in (1, 2):
            with pytest.raises(SessionNotFoundError):
                await sessions.get(a_session(number).id)
        assert await sessions.get(a_session(3).id) == a_session(3, user_id=BOB)

    async def test_no_session_survives_a_user_who_is_removed_at_the_same_time(
        self, users: UserRepository, sessions: SessionRepository
    ) -> None:
        await users.add(a_user())

        await asyncio.gather(
            *(sessions.add(a_session(number)) for number in range(10)),
            users.remove(ADA),
            *(sessions.add(a_session(number)) for number in range(10, 20)),
            return_exceptions=True,
        )

        for number in range(20):
            with pytest.raises(SessionNotFoundError):
                await sessions.get(a_session(number).id)
