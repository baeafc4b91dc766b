"""What admins, and the operator, do with the accounts of others."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.contracts.examples import NOW, SECOND
from tests.unit.builders import ADA_CALLS
from tests.unit.user.doubles import LegibleHasher
from tests.unit.user.reception import Reception
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.errors import (
    InsufficientRoleError,
    InsufficientScopeError,
    InvalidTokenError,
)
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.administration.change_user import ChangeUser
from tracklift_domain.user.administration.create_user import CreateUser
from tracklift_domain.user.administration.errors import OwnAccountError
from tracklift_domain.user.api_key.errors import InvalidApiKeyError
from tracklift_domain.user.errors import (
    EmailTakenError,
    InvalidEmailAddressError,
    StaleUserError,
    UserNotFoundError,
)
from tracklift_domain.user.events import UserDeleted, UserQuotaChanged
from tracklift_domain.user.mailed_link.events import (
    EmailVerificationRequested,
    PasswordResetRequested,
    UserInvited,
)
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.password.errors import WeakPasswordError
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.role import Role
from tracklift_domain.user.session.errors import (
    AccountDisabledError,
    InvalidGrantError,
    WrongCredentialsError,
)
from tracklift_domain.user.session.log_in import LogIn
from tracklift_domain.user.user import User

PASSWORD = "correct horse battery"
NOBODY = UserId("f" * 32)


@pytest.fixture
async def ada(reception: Reception) -> User:
    return await reception.register("ada@example.org", PASSWORD)


@pytest.fixture
async def admin(reception: Reception) -> User:
    return await reception.create_user("root@example.org", role=Role.ADMIN, password=PASSWORD)


async def ends(reception: Reception) -> list[SessionsEnded]:
    return [event for event in await reception.outbox.pending(limit=100) if isinstance(event, SessionsEnded)]


class TestRoles:
    @pytest.mark.parametrize(
        ("role", "included"),
        [
            (Role.USER, {Role.USER}),
            (Role.OPERATOR, {Role.USER, Role.OPERATOR}),
            (Role.ADMIN, set(Role)),
        ],
    )
    def test_each_role_includes_those_before_it(self, role: Role, included: set[Role]) -> None:
        assert {other for other in Role if role.includes(other)} == included

    def test_a_caller_of_a_lower_role_is_refused(self) -> None:
        operator = replace(ADA_CALLS, role=Role.OPERATOR)
        operator.require_role(Role.OPERATOR)

        with pytest.raises(InsufficientRoleError) as refused:
            operator.require_role(Role.ADMIN)
        assert refused.value.role is Role.ADMIN

    async def test_only_users_of_the_role_pass(self, reception: Reception, ada: User, admin: User) -> None:
        await reception.require_role(await reception.call("root@example.org", PASSWORD), Role.ADMIN)

        with pytest.raises(InsufficientRoleError) as refused:
            await reception.require_role(await reception.call("ada@example.org", PASSWORD), Role.ADMIN)
        assert refused.value.role is Role.ADMIN

    async def test_a_role_that_was_taken_away_admits_no_more(self, reception: Reception, admin: User) -> None:
        """Although the access token names it still."""
        caller = await reception.call("root@example.org", PASSWORD)
        assert caller.role is Role.ADMIN

        await reception.change_user(admin.id, role=Role.USER)

        with pytest.raises(InsufficientRoleError):
            await reception.require_role(caller, Role.ADMIN)

    async def test_a_disabled_admin_is_refused(self, reception: Reception, admin: User) -> None:
        caller = await reception.call("root@example.org", PASSWORD)
        await reception.change_user(admin.id, disabled=True)

        with pytest.raises(InsufficientRoleError):
            await reception.require_role(caller, Role.ADMIN)

    async def test_an_admins_api_key_admits_to_nothing_of_others(
        self, reception: Reception, admin: User
    ) -> None:
        caller = await reception.call("root@example.org", PASSWORD)
        made = await reception.create_key(caller, name="script", scopes=list(Scope))
        key_calls = await reception.identify_bearer(made.text)
        assert key_calls.role is Role.ADMIN

        with pytest.raises(InsufficientScopeError):
            await reception.require_role(key_calls, Role.ADMIN)

    async def test_a_token_names_the_new_role_once_it_is_renewed(
        self, reception: Reception, ada: User
    ) -> None:
        """The sessions stay, and the tokens of before end."""
        tokens = await reception.log_in("ada@example.org", PASSWORD)
        changed = await reception.change_user(ada.id, role=Role.OPERATOR)

        assert changed.role is Role.OPERATOR
        renewed = await reception.refresh(tokens.refresh)
        assert reception.identify(renewed.access.value).role is Role.OPERATOR
        assert await ends(reception) == [SessionsEnded.all_of(changed, NOW)]


class TestCreation:
    async def test_a_user_without_a_password_is_mailed_an_invitation(self, reception: Reception) -> None:
        user = await reception.create_user("Bob@Example.org", role=Role.OPERATOR)

        assert (user.email.value, user.role, user.has_password) == ("bob@example.org", Role.OPERATOR, False)
        (mail,) = await reception.mails(UserInvited)
        await reception.accept_invitation(mail.token, PASSWORD)
        assert (await reception.log_in("bob@example.org", PASSWORD)).access.value

    async def test_a_user_with_a_password_is_mailed_a_link_that_verifies_the_address(
        self, reception: Reception, admin: User
    ) -> None:
        assert not await reception.mails(UserInvited)
        assert [mail.email for mail in await reception.mails(EmailVerificationRequested)] == [
            "root@example.org"
        ]
        assert (await reception.log_in("root@example.org", PASSWORD)).access.value

    async def test_what_is_no_user_is_not_made(self, reception: Reception, ada: User) -> None:
        with pytest.raises(InvalidEmailAddressError):
            await reception.create_user("nobody")
        with pytest.raises(WeakPasswordError):
            await reception.create_user("bob@example.org", password="short")
        with pytest.raises(EmailTakenError):
            await reception.create_user("ada@example.org")

    async def test_the_account_is_there_though_no_mail_can_be_sent(self, reception: Reception) -> None:
        class Down(LinkSender):
            @override
            async def send_invitation(self, user: User) -> None:
                raise ServiceUnavailableError("MySQL", "it is down")

        create_user = CreateUser(
            users=reception.users,
            hasher=reception.hasher,
            passwords=reception.passwords,
            clock=reception.clock,
            identifiers=reception.identifiers,
            links=Down(
                tokens=reception.mailed,
                clock=reception.clock,
                identifiers=reception.identifiers,
                policy=reception.policy,
            ),
        )

        user = await create_user("bob@example.org")

        assert await reception.users.get(user.id) == user


class TestDisabling:
    async def test_a_disabled_user_can_not_log_in(self, reception: Reception, ada: User) -> None:
        """Who does not know the password is told no more than before."""
        await reception.change_user(ada.id, disabled=True)

        with pytest.raises(AccountDisabledError):
            await reception.log_in("ada@example.org", PASSWORD)
        with pytest.raises(WrongCredentialsError):
            await reception.log_in("ada@example.org", "another password")

    async def test_a_log_in_at_the_same_time_does_not_outlast_it(
        self, reception: Reception, ada: User
    ) -> None:
        """The session is begun after the disabling has ended all others."""

        class DisabledMeanwhile(LegibleHasher):
            @override
            async def verify(self, password: str, password_hash: str) -> bool:
                await reception.change_user(ada.id, disabled=True)
                return await super().verify(password, password_hash)

        log_in = LogIn(
            users=reception.users,
            hasher=DisabledMeanwhile(),
            sessions=reception.keeper,
            check_second_factor=reception.check_second_factor,
        )
        with pytest.raises(WrongCredentialsError):
            await log_in("ada@example.org", PASSWORD)

        assert await reception.sessions.list_of(ada.id) == []

    async def test_sessions_tokens_and_keys_end(self, reception: Reception, ada: User) -> None:
        tokens = await reception.log_in("ada@example.org", PASSWORD)
        caller = reception.identify(tokens.access.value)
        made = await reception.create_key(caller, name="script", scopes=list(Scope))
        changed = await reception.change_user(ada.id, disabled=True)

        with pytest.raises(InvalidGrantError):
            await reception.refresh(tokens.refresh)
        with pytest.raises(InvalidTokenError):
            await reception.identify_bearer(tokens.access.value)
        with pytest.raises(InvalidApiKeyError, match="disabled"):
            await reception.identify_bearer(made.text)
        assert await ends(reception) == [SessionsEnded.all_of(changed, NOW)]

    async def test_an_enabled_user_logs_in_again_and_has_the_keys_of_before(
        self, reception: Reception, ada: User
    ) -> None:
        caller = await reception.call("ada@example.org", PASSWORD)
        made = await reception.create_key(caller, name="script", scopes=list(Scope))
        await reception.change_user(ada.id, disabled=True)

        assert not (await reception.change_user(ada.id, disabled=False)).is_disabled

        assert (await reception.log_in("ada@example.org", PASSWORD)).access.value
        assert (await reception.identify_bearer(made.text)).user_id == ada.id

    async def test_a_log_in_that_is_under_way_opens_nothing(self, reception: Reception, ada: User) -> None:
        await reception.change_user(ada.id, disabled=True)
        tokens = await reception.keeper.open(ada)

        with pytest.raises(InvalidGrantError):
            await reception.refresh(tokens.refresh)

    async def test_it_is_known_since_when_an_account_is_disabled(
        self, reception: Reception, ada: User
    ) -> None:
        """Doing it twice changes nothing, and tells nobody again."""
        await reception.change_user(ada.id, disabled=True)
        reception.clock.advance(timedelta(days=1))

        again = await reception.change_user(ada.id, disabled=True)

        assert again.disabled_at == NOW
        assert len(await ends(reception)) == 1

    async def test_a_disabled_user_is_mailed_no_link_for_a_password(
        self, reception: Reception, ada: User
    ) -> None:
        await reception.change_user(ada.id, disabled=True)

        await (await reception.request_reset("ada@example.org"))()
        with pytest.raises(AccountDisabledError):
            await reception.send_password_reset(ada.id)

        assert not await reception.mails(PasswordResetRequested)

    def test_disabling_again_keeps_the_time(self, ada: User) -> None:
        assert ada.disabled(NOW).disabled(NOW + SECOND).disabled_at == NOW


class TestChanges:
    async def test_admins_can_not_lock_themselves_out(self, reception: Reception, admin: User) -> None:
        with pytest.raises(OwnAccountError):
            await reception.change_user(admin.id, disabled=True, by=admin.id)
        with pytest.raises(OwnAccountError):
            await reception.remove_user(admin.id, by=admin.id)

        assert await reception.users.get(admin.id) == admin

    async def test_limits_of_a_user_are_announced(self, reception: Reception, ada: User) -> None:
        """What was set before is replaced as a whole, and no session ends."""
        first = await reception.change_user(ada.id, quota=UserQuota(stored_bytes=5))
        again = await reception.change_user(ada.id, quota=UserQuota(stored_bytes=5))
        second = await reception.change_user(ada.id, quota=UserQuota(audio_minutes=7))

        assert first == again
        assert second.quota == UserQuota(audio_minutes=7)
        pending = await reception.outbox.pending(limit=100)
        announced = [event for event in pending if isinstance(event, UserQuotaChanged)]
        assert [(event.revision, event.quota) for event in announced] == [
            (first.revision, first.quota),
            (second.revision, second.quota),
        ]
        assert await ends(reception) == []

    async def test_admins_may_set_limits_of_their_own(self, reception: Reception, admin: User) -> None:
        changed = await reception.change_user(admin.id, quota=UserQuota(upload_bytes=1), by=admin.id)
        assert changed.quota == UserQuota(upload_bytes=1)

    async def test_no_change_is_none(self, reception: Reception, ada: User) -> None:
        assert await reception.change_user(ada.id) == ada
        assert await reception.change_user(ada.id, role=Role.USER, disabled=False) == ada
        assert await ends(reception) == []

    async def test_a_user_who_is_changed_at_the_same_time_is_changed_again(
        self, reception: Reception, ada: User
    ) -> None:
        class Overtaken(InMemoryUserRepository):
            tries = 0

            @override
            async def get(self, user_id: UserId) -> User:
                return await reception.users.get(user_id)

            @override
            async def replace(self, user: User, events: Sequence[Event] = ()) -> None:
                self.tries += 1
                if self.tries == 1:
                    raise StaleUserError(user.id)
                await reception.users.replace(user, events)

        change = ChangeUser(
            users=Overtaken(reception.outbox), sessions=reception.sessions, clock=reception.clock
        )

        await change(ada.id, role=Role.ADMIN)

        assert (await reception.users.get(ada.id)).role is Role.ADMIN

    async def test_a_removed_user_is_gone(self, reception: Reception, ada: User, admin: User) -> None:
        await reception.remove_user(ada.id, by=admin.id)

        with pytest.raises(UserNotFoundError):
            await reception.users.get(ada.id)
        events = await reception.outbox.pending(limit=100)
        assert [event.subject for event in events if isinstance(event, UserDeleted)] == [ada.id]

    async def test_a_link_is_mailed_at_the_wish_of_an_admin(self, reception: Reception, ada: User) -> None:
        await reception.send_password_reset(ada.id)

        assert [mail.email for mail in await reception.mails(PasswordResetRequested)] == ["ada@example.org"]

    async def test_who_is_not_there_is_not_found(self, reception: Reception) -> None:
        with pytest.raises(UserNotFoundError):
            await reception.change_user(NOBODY, disabled=True)
        with pytest.raises(UserNotFoundError):
            await reception.remove_user(NOBODY)
        with pytest.raises(UserNotFoundError):
            await reception.send_password_reset(NOBODY)


async def test_users_are_listed_a_page_at_a_time(reception: Reception) -> None:
    for name in ("cleo", "ada", "bob"):
        await reception.create_user(f"{name}@example.org")

    first = await reception.list_users(limit=2)
    second = await reception.list_users(limit=2, after=first.next)

    assert [user.email.value for user in first.users] == ["ada@example.org", "bob@example.org"]
    assert [user.email.value for user in second.users] == ["cleo@example.org"]
    assert second.next is None


async def test_a_search_knows_no_case(reception: Reception) -> None:
    await reception.create_user("ada@example.org")

    assert [user.email.value for user in (await reception.list_users(search=" ADA ")).users] == [
        "ada@example.org"
    ]
    assert not (await reception.list_users(search="bob")).users
