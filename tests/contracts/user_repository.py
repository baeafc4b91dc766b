"""What every repository of users must do, alone and together with its outbox."""

import asyncio
from abc import abstractmethod

import pytest

from tests.contracts.examples import ADA, BOB, NOW, SECOND, a_user
from tracklift_domain.identifiers import UserId
from tracklift_domain.messaging.ports import Outbox
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError, StaleUserError, UserNotFoundError
from tracklift_domain.user.events import UserDeleted
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.quota import LARGEST_QUOTA, UserQuota
from tracklift_domain.user.role import Role

ADAS_ADDRESS = EmailAddress("ada@example.org")
DELETED = UserDeleted.of(a_user(), NOW)
ALL = 1000


class UserRepositoryContract:
    """Inherit and override the fixtures; both must share their storage."""

    @pytest.fixture
    @abstractmethod
    def users(self) -> UserRepository:
        """Give an empty repository."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def outbox(self) -> Outbox:
        """Give the repository's outbox."""
        raise NotImplementedError

    async def test_a_user_is_read_as_stored(self, users: UserRepository) -> None:
        ada = a_user(
            email="ada.ünïcode+mail@example.org",
            password_hash="$" + "h" * 250,
            email_verified_at=NOW + SECOND,
            revision=2**40,
        )
        await users.add(ada)

        assert await users.get(ADA) == ada
        assert await users.get_by_email(ada.email) == ada

    async def test_the_longest_address_is_stored_whole(self, users: UserRepository) -> None:
        longest = f"{'l' * 64}@{'d' * 63}.{'d' * 63}.{'d' * 57}.org"
        await users.add(a_user(email=longest))

        assert len(longest) == 254
        assert (await users.get_by_email(EmailAddress(longest))).email.value == longest

    async def test_a_missing_user_is_not_found(self, users: UserRepository) -> None:
        await users.add(a_user(BOB, "bob@example.org"))

        with pytest.raises(UserNotFoundError):
            await users.get(ADA)
        with pytest.raises(UserNotFoundError):
            await users.get_by_email(ADAS_ADDRESS)

    async def test_an_address_belongs_to_one_user(self, users: UserRepository, outbox: Outbox) -> None:
        await users.add(a_user())

        with pytest.raises(EmailTakenError):
            await users.add(a_user(BOB), [DELETED])

        assert await users.get_by_email(ADAS_ADDRESS) == a_user()
        with pytest.raises(UserNotFoundError):
            await users.get(BOB)
        assert list(await outbox.pending(limit=ALL)) == []

    async def test_adding_the_same_user_again_is_refused(self, users: UserRepository) -> None:
        await users.add(a_user())

        with pytest.raises(EmailTakenError):
            await users.add(a_user())

    async def test_an_id_that_is_used_twice_is_a_mistake_of_the_caller(self, users: UserRepository) -> None:
        """Ids are drawn at random, so this tells of a broken source and not of a taken address."""
        await users.add(a_user())

        with pytest.raises(ValueError, match="stored already"):
            await users.add(a_user(email="other@example.org"))

        assert await users.get(ADA) == a_user()

    async def test_addresses_that_only_look_alike_are_different_users(self, users: UserRepository) -> None:
        """As a byte comparison sees them: an accent counts."""
        await users.add(a_user(ADA, "zoe@example.org"))
        await users.add(a_user(BOB, "zoë@example.org"))

        assert (await users.get_by_email(EmailAddress("zoe@example.org"))).id == ADA
        assert (await users.get_by_email(EmailAddress("zoë@example.org"))).id == BOB

    async def test_a_changed_user_replaces_the_old_one(self, users: UserRepository) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))
        changed = a_user(
            password_hash="new", email="new@example.org", email_verified_at=NOW + SECOND, revision=2
        )

        await users.replace(changed)

        assert await users.get_by_email(changed.email) == changed
        assert (await users.get(BOB)).password_hash == a_user().password_hash
        with pytest.raises(UserNotFoundError):
            await users.get_by_email(ADAS_ADDRESS)

    async def test_a_user_can_not_change_to_anothers_address(self, users: UserRepository) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))

        with pytest.raises(EmailTakenError):
            await users.replace(a_user(BOB, "ada@example.org", revision=2))

        assert (await users.get(BOB)).email.value == "bob@example.org"

    async def test_a_revision_is_not_skipped(self, users: UserRepository) -> None:
        await users.add(a_user())

        for revision in (0, 1, 3):
            with pytest.raises(StaleUserError) as refused:
                await users.replace(a_user(revision=revision, password_hash="other"))
            assert refused.value.user_id == ADA

        assert await users.get(ADA) == a_user()

    async def test_of_many_changes_to_one_revision_one_succeeds(self, users: UserRepository) -> None:
        """The second write would silently undo the first."""
        await users.add(a_user())
        changes = [a_user(password_hash=f"new {number}", revision=2) for number in range(20)]

        answers = await asyncio.gather(*map(users.replace, changes), return_exceptions=True)

        assert answers.count(None) == 1
        assert sum(isinstance(answer, StaleUserError) for answer in answers) == 19
        assert await users.get(ADA) == changes[answers.index(None)]

    async def test_a_missing_user_can_not_be_replaced(self, users: UserRepository) -> None:
        with pytest.raises(UserNotFoundError):
            await users.replace(a_user())

        with pytest.raises(UserNotFoundError):
            await users.get(ADA)

    async def test_events_are_stored_with_a_changed_user(self, users: UserRepository, outbox: Outbox) -> None:
        """And not with a change that is refused."""
        await users.add(a_user())
        with pytest.raises(StaleUserError):
            await users.replace(a_user(revision=3), [DELETED])
        assert list(await outbox.pending(limit=ALL)) == []

        await users.replace(a_user(revision=2), [DELETED])

        assert list(await outbox.pending(limit=ALL)) == [DELETED]

    async def test_a_role_and_a_disabled_account_are_read_as_stored(self, users: UserRepository) -> None:
        admin = a_user(role=Role.ADMIN, disabled_at=NOW + SECOND)
        await users.add(admin)

        assert await users.get(ADA) == admin
        await users.replace(a_user(revision=2))
        assert await users.get(ADA) == a_user(revision=2)

    async def test_limits_of_a_user_are_read_as_stored(self, users: UserRepository) -> None:
        quota = UserQuota(stored_bytes=LARGEST_QUOTA, conversions_in_flight=0)
        await users.add(a_user(quota=quota))

        assert (await users.get(ADA)).quota == quota
        await users.replace(a_user(revision=2))
        assert (await users.get(ADA)).quota == UserQuota()

    async def test_users_are_listed_in_the_order_of_their_addresses(self, users: UserRepository) -> None:
        """A page begins behind the last address of the one before, whether that is still there or not."""
        for number, name in enumerate(["cleo", "ada", "dora", "bob"]):
            await users.add(a_user(UserId(f"{number:032x}"), f"{name}@example.org"))

        first = await users.list_by_email(limit=2)
        assert [user.email.value for user in first] == ["ada@example.org", "bob@example.org"]
        await users.remove(first[1].id)
        second = await users.list_by_email(after=first[1].email, limit=2)
        assert [user.email.value for user in second] == ["cleo@example.org", "dora@example.org"]
        assert list(await users.list_by_email(after=second[1].email, limit=2)) == []

    @pytest.mark.parametrize(
        ("search", "found"),
        [
            ("da@", ["ada@example.org"]),
            ("example.org", ["a_b@example.org", "ada@example.org", "zoë@example.org"]),
            ("ë", ["zoë@example.org"]),
            ("_", ["a_b@example.org"]),
            ("%", []),
            ("/", []),
            ("'", []),
        ],
    )
    async def test_users_are_found_by_a_part_of_their_address(
        self, users: UserRepository, search: str, found: list[str]
    ) -> None:
        """Every character stands for itself."""
        for number, name in enumerate(["ada", "zoë", "a_b"]):
            await users.add(a_user(UserId(f"{number:032x}"), f"{name}@example.org"))

        assert [user.email.value for user in await users.list_by_email(search=search, limit=10)] == found

    async def test_a_removed_user_is_gone_and_leaves_the_event(
        self, users: UserRepository, outbox: Outbox
    ) -> None:
        await users.add(a_user())
        await users.add(a_user(BOB, "bob@example.org"))

        await users.remove(ADA, [DELETED])

        with pytest.raises(UserNotFoundError):
            await users.get(ADA)
        with pytest.raises(UserNotFoundError):
            await users.get_by_email(ADAS_ADDRESS)
        assert (await users.get(BOB)).id == BOB
        assert list(await outbox.pending(limit=ALL)) == [DELETED]

    async def test_a_user_is_removed_once(self, users: UserRepository, outbox: Outbox) -> None:
        await users.add(a_user())
        await users.remove(ADA)

        with pytest.raises(UserNotFoundError):
            await users.remove(ADA, [DELETED])

        assert list(await outbox.pending(limit=ALL)) == []

    async def test_an_address_is_free_again_after_its_user_is_removed(self, users: UserRepository) -> None:
        await users.add(a_user())
        await users.remove(ADA)

        await users.add(a_user(BOB))

        assert (await users.get_by_email(ADAS_ADDRESS)).id == BOB

    async def test_events_are_stored_with_a_new_user(self, users: UserRepository, outbox: Outbox) -> None:
        await users.add(a_user(), [DELETED])

        assert list(await outbox.pending(limit=ALL)) == [DELETED]

    @pytest.mark.measured_elsewhere
    async def test_of_many_sign_ups_with_one_address_one_succeeds(self, users: UserRepository) -> None:
        sign_ups = [a_user(UserId(f"{number:032x}")) for number in range(100)]

        answers = await asyncio.gather(*map(users.add, sign_ups), return_exceptions=True)

        assert answers.count(None) == 1
        assert sum(isinstance(answer, EmailTakenError) for answer in answers) == 99

    async def test_of_many_removals_one_succeeds(self, users: UserRepository, outbox: Outbox) -> None:
        await users.add(a_user())

        answers = await asyncio.gather(
            *(users.remove(ADA, [UserDeleted.of(a_user(), NOW + n * SECOND)]) for n in range(10)),
            return_exceptions=True,
        )

        assert answers.count(None) == 1
        assert sum(isinstance(answer, UserNotFoundError) for answer in answers) == 9
        assert len(await outbox.pending(limit=ALL)) == 1
