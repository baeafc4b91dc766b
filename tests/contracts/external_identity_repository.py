"""What every repository of external identities must do, together with the users they belong to and its outbox."""

import asyncio
from abc import abstractmethod
from dataclasses import replace

import pytest

from tests.contracts.examples import ADA, BOB, NOW, SECOND, a_user, an_external_identity
from tracklift_domain.identifiers import UserId
from tracklift_domain.messaging.ports import Outbox
from tracklift_domain.user.errors import EmailTakenError, UserNotFoundError
from tracklift_domain.user.events import UserEmailVerified
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.sign_in_provider.errors import (
    ExternalIdentityNotFoundError,
    ExternalIdentityTakenError,
)
from tracklift_domain.user.sign_in_provider.external_identity import (
    LONGEST_ISSUER,
    LONGEST_SUBJECT,
    ExternalIdentity,
)
from tracklift_domain.user.sign_in_provider.ports import ExternalIdentityRepository

ADAS = an_external_identity()


async def assert_unknown(identities: ExternalIdentityRepository, identity: ExternalIdentity) -> None:
    with pytest.raises(ExternalIdentityNotFoundError):
        await identities.get(identity.issuer, identity.subject)


class ExternalIdentityRepositoryContract:
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
    def identities(self) -> ExternalIdentityRepository:
        """Give an empty repository of their external identities."""
        raise NotImplementedError

    async def test_the_identities_of_a_user_are_listed_oldest_first(
        self, users: UserRepository, identities: ExternalIdentityRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        later = replace(ADAS, subject="later", created_at=NOW + SECOND)
        for identity in (later, ADAS, replace(ADAS, subject="bob", user_id=BOB)):
            await identities.add(identity)

        assert list(await identities.list_of(ADA)) == [ADAS, later]
        assert list(await identities.list_of(UserId("nobody"))) == []

    async def test_an_identity_is_read_as_stored(
        self, users: UserRepository, identities: ExternalIdentityRepository
    ) -> None:
        await users.add(a_user())
        longest = an_external_identity(
            issuer="https://" + "i" * (LONGEST_ISSUER - 8), subject="'n\"%_\\ " + "s" * (LONGEST_SUBJECT - 7)
        )

        await identities.add(longest)

        assert await identities.get(longest.issuer, longest.subject) == longest

    @pytest.mark.parametrize(
        ("issuer", "subject"),
        [
            (ADAS.issuer + "/", ADAS.subject),
            (ADAS.issuer.upper(), ADAS.subject),
            (ADAS.issuer, ADAS.subject.upper()),
            (ADAS.issuer, ADAS.subject + " "),
            (ADAS.issuer, ""),
            ("", ""),
            ("🙁", "' OR 1=1 --"),
            (ADAS.issuer, "x" * 5000),
        ],
    )
    async def test_an_identity_is_found_by_exactly_its_issuer_and_subject(
        self, users: UserRepository, identities: ExternalIdentityRepository, issuer: str, subject: str
    ) -> None:
        await users.add(a_user())
        await identities.add(ADAS)

        await assert_unknown(identities, an_external_identity(issuer=issuer, subject=subject))

    async def test_a_user_may_have_several(
        self, users: UserRepository, identities: ExternalIdentityRepository
    ) -> None:
        await users.add(a_user())
        several = [ADAS, replace(ADAS, subject="ada-2"), replace(ADAS, issuer="https://other.example")]
        for identity in several:
            await identities.add(identity)

        assert [await identities.get(each.issuer, each.subject) for each in several] == several

    async def test_an_identity_has_one_user(
        self, users: UserRepository, identities: ExternalIdentityRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        await identities.add(ADAS)

        with pytest.raises(ExternalIdentityTakenError):
            await identities.add(an_external_identity(user_id=BOB))

        assert await identities.get(ADAS.issuer, ADAS.subject) == ADAS

    async def test_there_is_no_identity_without_a_user(self, identities: ExternalIdentityRepository) -> None:
        with pytest.raises(UserNotFoundError):
            await identities.add(ADAS)

        await assert_unknown(identities, ADAS)

    async def test_a_user_is_stored_with_an_identity_and_events(
        self, users: UserRepository, identities: ExternalIdentityRepository, outbox: Outbox
    ) -> None:
        user = a_user(email_verified_at=NOW)
        verified = UserEmailVerified.of(user, NOW)

        await identities.add_with_user(ADAS, user, [verified])

        assert await users.get(ADA) == user
        assert await identities.get(ADAS.issuer, ADAS.subject) == ADAS
        assert list(await outbox.pending(limit=10)) == [verified]

    async def test_no_user_is_stored_without_the_identity(
        self, users: UserRepository, identities: ExternalIdentityRepository, outbox: Outbox
    ) -> None:
        await users.add(a_user())
        await identities.add(ADAS)
        bob = a_user(BOB, "bob@example.org")

        with pytest.raises(ExternalIdentityTakenError):
            await identities.add_with_user(
                an_external_identity(user_id=BOB), bob, [UserEmailVerified.of(bob, NOW)]
            )

        with pytest.raises(UserNotFoundError):
            await users.get(BOB)
        assert list(await outbox.pending(limit=10)) == []

    async def test_no_identity_is_stored_without_the_user(
        self, users: UserRepository, identities: ExternalIdentityRepository, outbox: Outbox
    ) -> None:
        await users.add(a_user())
        second = a_user(BOB, "ada@example.org")

        with pytest.raises(EmailTakenError):
            await identities.add_with_user(
                an_external_identity(user_id=BOB), second, [UserEmailVerified.of(second, NOW)]
            )

        await assert_unknown(identities, ADAS)
        assert list(await outbox.pending(limit=10)) == []

    async def test_of_many_who_sign_up_at_once_with_an_identity_one_does(
        self, users: UserRepository, identities: ExternalIdentityRepository, outbox: Outbox
    ) -> None:
        new = [a_user(UserId(f"{number:032x}")) for number in range(10)]

        answers = await asyncio.gather(
            *(
                identities.add_with_user(
                    an_external_identity(user_id=user.id), user, [UserEmailVerified.of(user, NOW)]
                )
                for user in new
            ),
            return_exceptions=True,
        )

        assert answers.count(None) == 1
        refusals = [answer for answer in answers if answer is not None]
        assert all(isinstance(each, ExternalIdentityTakenError | EmailTakenError) for each in refusals)
        stored = await identities.get(ADAS.issuer, ADAS.subject)
        assert (await users.get_by_email(new[0].email)).id == stored.user_id
        assert len(await outbox.pending(limit=100)) == 1

    async def test_a_removed_user_takes_all_identities_along(
        self, users: UserRepository, identities: ExternalIdentityRepository
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        bobs = an_external_identity(user_id=BOB, subject="bob-1")
        await identities.add(ADAS)
        await identities.add(bobs)

        await users.remove(ADA)

        await assert_unknown(identities, ADAS)
        assert await identities.get(bobs.issuer, bobs.subject) == bobs
