"""What every repository of second factors must do, together with the users they belong to."""

import asyncio
from abc import abstractmethod
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import ADA, BOB, NOW, a_second_factor, a_user
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.ports import Outbox
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.second_factor.errors import (
    SecondFactorExistsError,
    SecondFactorNotFoundError,
    StaleSecondFactorError,
)
from tracklift_domain.user.second_factor.events import SecondFactorRemoved
from tracklift_domain.user.second_factor.ports import SecondFactorRepository
from tracklift_domain.user.second_factor.second_factor import SecondFactor

BEGUN = a_second_factor()
ACTIVE = replace(BEGUN, confirmed_at=NOW, revision=2)
REMOVED = SecondFactorRemoved.of(a_user(), ACTIVE, NOW, by_admin=True)
REMOVED_AGAIN = replace(REMOVED, id=EventId("removed.again"))


class SecondFactorRepositoryContract:
    """Inherit and override the fixtures; both must share their storage."""

    @pytest.fixture
    @abstractmethod
    def users(self) -> UserRepository:
        """Give an empty repository of users."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def factors(self) -> SecondFactorRepository:
        """Give an empty repository of their second factors."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def outbox(self) -> Outbox:
        """Give the outbox that both fill."""
        raise NotImplementedError

    @pytest.fixture(autouse=True)
    async def ada(self, users: UserRepository) -> None:
        """Store a user."""
        await users.add(a_user())

    async def test_one_is_read_as_stored(self, factors: SecondFactorRepository) -> None:
        await factors.begin(BEGUN)
        assert await factors.get(ADA) == BEGUN

        full = replace(
            ACTIVE,
            last_step=2**40,
            recovery_hashes=frozenset(f"{number:064x}" for number in range(10)),
            failures=7,
            failed_at=NOW + timedelta(microseconds=1),
        )
        await factors.replace(full)

        assert await factors.get(ADA) == full

    async def test_users_have_none_at_first(self, factors: SecondFactorRepository) -> None:
        with pytest.raises(SecondFactorNotFoundError):
            await factors.get(ADA)

    async def test_one_that_was_not_confirmed_is_begun_anew(self, factors: SecondFactorRepository) -> None:
        await factors.begin(BEGUN)
        anew = replace(BEGUN, secret="A" * 32)

        await factors.begin(anew)

        assert await factors.get(ADA) == anew

    async def test_one_that_was_confirmed_is_not_begun_anew(self, factors: SecondFactorRepository) -> None:
        await factors.begin(BEGUN)
        await factors.replace(ACTIVE)

        with pytest.raises(SecondFactorExistsError):
            await factors.begin(replace(BEGUN, secret="A" * 32))

        assert await factors.get(ADA) == ACTIVE

    async def test_of_many_that_begin_at_once_one_stays(self, factors: SecondFactorRepository) -> None:
        several = [replace(BEGUN, secret=letter * 32) for letter in "ABCDEFGH"]

        await asyncio.gather(*(factors.begin(each) for each in several))

        assert await factors.get(ADA) in several

    async def test_there_is_none_without_a_user(self, factors: SecondFactorRepository) -> None:
        with pytest.raises(UserNotFoundError):
            await factors.begin(a_second_factor(user_id=BOB))

        with pytest.raises(SecondFactorNotFoundError):
            await factors.get(BOB)

    async def test_of_several_changes_to_one_revision_one_is_stored(
        self, factors: SecondFactorRepository
    ) -> None:
        await factors.begin(BEGUN)
        changes = [replace(ACTIVE, last_step=step) for step in range(8)]

        answers = await asyncio.gather(*(factors.replace(each) for each in changes), return_exceptions=True)

        assert answers.count(None) == 1
        assert sum(isinstance(answer, StaleSecondFactorError) for answer in answers) == 7
        assert await factors.get(ADA) == changes[answers.index(None)]

    @pytest.mark.parametrize(
        "changed",
        [
            replace(BEGUN, confirmed_at=NOW),
            replace(ACTIVE, revision=3),
            replace(ACTIVE, secret="A" * 32),
            replace(ACTIVE, user_id=BOB),
        ],
    )
    async def test_only_the_next_revision_of_the_same_secret_is_stored(
        self, factors: SecondFactorRepository, changed: SecondFactor
    ) -> None:
        await factors.begin(BEGUN)

        with pytest.raises(StaleSecondFactorError):
            await factors.replace(changed)

        assert await factors.get(ADA) == BEGUN

    async def test_one_is_removed_with_an_event_and_may_be_begun_again(
        self, factors: SecondFactorRepository, outbox: Outbox
    ) -> None:
        await factors.begin(BEGUN)
        await factors.replace(ACTIVE)

        await factors.remove(ADA, [REMOVED])
        await factors.remove(ADA, [REMOVED_AGAIN])

        assert await outbox.pending(limit=10) == [REMOVED], "what was not there is not announced"
        with pytest.raises(SecondFactorNotFoundError):
            await factors.get(ADA)
        with pytest.raises(StaleSecondFactorError):
            await factors.replace(replace(ACTIVE, revision=3))
        await factors.begin(BEGUN)

    async def test_a_removed_user_takes_it_along(
        self, users: UserRepository, factors: SecondFactorRepository
    ) -> None:
        await factors.begin(BEGUN)

        await users.remove(ADA)

        with pytest.raises(SecondFactorNotFoundError):
            await factors.get(ADA)
