"""What every repository of API keys must do, together with the users they belong to and its outbox."""

import asyncio
from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import ADA, BOB, DAY, NOW, SECOND, a_user, an_api_key
from tracklift_domain.messaging.ports import Outbox
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.api_key.errors import ApiKeyNotFoundError, TooManyApiKeysError
from tracklift_domain.user.api_key.ports import ApiKeyRepository
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.ports import UserRepository


class ApiKeyRepositoryContract:
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
    def keys(self) -> ApiKeyRepository:
        """Give an empty repository of their API keys."""
        raise NotImplementedError

    @pytest.mark.parametrize("scopes", [{Scope.READ}, {Scope.CONVERT}, set(Scope)])
    async def test_a_key_is_read_as_stored(
        self, users: UserRepository, keys: ApiKeyRepository, scopes: set[Scope]
    ) -> None:
        await users.add(a_user())
        key = an_api_key(
            name="講演 🎤 'n\"%_\\ " + "x" * 83,
            scopes=frozenset(scopes),
            expires_at=NOW + DAY,
            last_used_at=NOW - DAY,
        )

        await keys.add(key, at_most=1)

        assert await keys.get_by_hash(key.key_hash) == key
        assert await keys.list_of(ADA) == [key]

    @pytest.mark.parametrize("unknown", ["0" * 64, "", "🙁", "' OR 1=1 --", "x" * 5000])
    async def test_a_missing_key_is_not_found(self, keys: ApiKeyRepository, unknown: str) -> None:
        with pytest.raises(ApiKeyNotFoundError):
            await keys.get_by_hash(unknown)

    async def test_there_is_no_key_without_a_user(self, keys: ApiKeyRepository) -> None:
        with pytest.raises(UserNotFoundError):
            await keys.add(an_api_key(), at_most=1)

        with pytest.raises(ApiKeyNotFoundError):
            await keys.get_by_hash(an_api_key().key_hash)

    @pytest.mark.parametrize("field", ["id", "key_hash"])
    async def test_what_is_drawn_twice_is_a_mistake_of_the_caller(
        self, users: UserRepository, keys: ApiKeyRepository, field: str
    ) -> None:
        """Ids and keys are drawn at random, so this tells of a broken source."""
        await users.add(a_user())
        await keys.add(an_api_key(1), at_most=5)
        second = replace(an_api_key(2), **{field: getattr(an_api_key(1), field)})

        with pytest.raises(ValueError, match="stored already"):
            await keys.add(second, at_most=5)

        assert await keys.list_of(ADA) == [an_api_key(1)]

    async def test_keys_of_a_user_are_listed_newest_first(
        self, users: UserRepository, keys: ApiKeyRepository
    ) -> None:
        """Those of the same microsecond in the order of their ids, so that a list does not change by itself."""
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        listed = [
            an_api_key(1, created_at=NOW + SECOND),
            an_api_key(4),
            an_api_key(2),
            an_api_key(3, created_at=NOW - SECOND),
        ]
        for key in (listed[2], listed[0], listed[3], listed[1]):
            await keys.add(key, at_most=5)
        await keys.add(an_api_key(5, user_id=BOB), at_most=5)

        assert await keys.list_of(ADA) == listed

    async def test_a_user_has_a_bounded_number_of_keys(
        self, users: UserRepository, keys: ApiKeyRepository
    ) -> None:
        """Expired ones count; those of others do not."""
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        await keys.add(an_api_key(1, user_id=BOB), at_most=2)
        await keys.add(an_api_key(2), at_most=2)
        await keys.add(an_api_key(3, expires_at=NOW - DAY), at_most=2)

        with pytest.raises(TooManyApiKeysError) as refused:
            await keys.add(an_api_key(4), at_most=2)

        assert refused.value.most == 2
        assert len(await keys.list_of(ADA)) == 2
        await keys.remove(an_api_key(3))
        await keys.add(an_api_key(4), at_most=2)

    async def test_the_bound_holds_however_many_ask_at_once(
        self, users: UserRepository, keys: ApiKeyRepository
    ) -> None:
        await users.add(a_user())

        answers = await asyncio.gather(
            *(keys.add(an_api_key(number), at_most=3) for number in range(20)), return_exceptions=True
        )

        assert answers.count(None) == 3
        assert sum(isinstance(answer, TooManyApiKeysError) for answer in answers) == 17
        assert len(await keys.list_of(ADA)) == 3

    async def test_the_last_use_is_kept(self, users: UserRepository, keys: ApiKeyRepository) -> None:
        await users.add(a_user())
        for number in (1, 2):
            await keys.add(an_api_key(number), at_most=5)

        await keys.note_use(an_api_key(1).id, NOW + SECOND)

        assert await keys.list_of(ADA) == [an_api_key(2), an_api_key(1, last_used_at=NOW + SECOND)]

    async def test_the_use_of_a_key_that_is_gone_is_no_error_and_brings_no_key_back(
        self, users: UserRepository, keys: ApiKeyRepository
    ) -> None:
        await users.add(a_user())

        await keys.note_use(an_api_key().id, NOW)

        assert await keys.list_of(ADA) == []

    async def test_a_removed_key_is_gone_and_the_others_stay(
        self, users: UserRepository, keys: ApiKeyRepository
    ) -> None:
        await users.add(a_user())
        for number in (1, 2):
            await keys.add(an_api_key(number), at_most=5)

        await keys.remove(an_api_key(1))

        with pytest.raises(ApiKeyNotFoundError):
            await keys.get_by_hash(an_api_key(1).key_hash)
        assert await keys.list_of(ADA) == [an_api_key(2)]

    async def test_the_end_of_a_key_is_announced_with_it_and_once(
        self, users: UserRepository, keys: ApiKeyRepository, outbox: Outbox
    ) -> None:
        await users.add(a_user())
        await keys.add(an_api_key(), at_most=5)
        ended = SessionsEnded.of(an_api_key().user_id, an_api_key().id, NOW)

        answers = await asyncio.gather(
            *(keys.remove(an_api_key(), [ended]) for _ in range(5)), return_exceptions=True
        )

        assert answers.count(None) == 1
        assert sum(isinstance(answer, ApiKeyNotFoundError) for answer in answers) == 4
        assert list(await outbox.pending(limit=10)) == [ended]

    async def test_keys_that_expired_before_a_time_are_forgotten_and_counted(
        self, users: UserRepository, keys: ApiKeyRepository
    ) -> None:
        """Those without an end stay."""
        await users.add(a_user())
        stay = [an_api_key(3), an_api_key(2, expires_at=NOW)]
        for key in (*stay, an_api_key(1, expires_at=NOW - timedelta(microseconds=1))):
            await keys.add(key, at_most=5)

        assert await keys.forget_before(NOW) == 1
        assert await keys.forget_before(NOW) == 0

        assert await keys.list_of(ADA) == stay

    async def test_a_removed_user_takes_all_keys_along(
        self, users: UserRepository, keys: ApiKeyRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        await keys.add(an_api_key(1), at_most=5)
        await keys.add(an_api_key(2, user_id=BOB), at_most=5)

        await users.remove(ADA)

        with pytest.raises(ApiKeyNotFoundError):
            await keys.get_by_hash(an_api_key(1).key_hash)
        assert await keys.list_of(BOB) == [an_api_key(2, user_id=BOB)]

    async def test_no_key_survives_a_user_who_is_removed_at_the_same_time(
        self, users: UserRepository, keys: ApiKeyRepository
    ) -> None:
        await users.add(a_user())

        await asyncio.gather(
            *(keys.add(an_api_key(number), at_most=50) for number in range(10)),
            users.remove(ADA),
            *(keys.add(an_api_key(number), at_most=50) for number in range(10, 20)),
            return_exceptions=True,
        )

        assert await keys.list_of(ADA) == []
