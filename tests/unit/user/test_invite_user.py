"""Invitations, and the accounts that nobody has taken up yet."""

from datetime import timedelta

import pytest

from tests.contracts.examples import NOW
from tests.unit.user.reception import Reception
from tests.unit.user.test_sign_in_with_provider import sign_in
from tracklift_domain.user.administration.invite_user import InviteUser
from tracklift_domain.user.errors import EmailTakenError
from tracklift_domain.user.events import UserEmailVerified
from tracklift_domain.user.mailed_link.errors import (
    InvalidMailedTokenError,
    MailedTokenExpiredError,
    MailedTokenUsedError,
)
from tracklift_domain.user.mailed_link.events import PasswordResetRequested, UserInvited
from tracklift_domain.user.password.errors import WeakPasswordError
from tracklift_domain.user.registration.errors import RegistrationClosedError
from tracklift_domain.user.registration.registration import RegistrationMode, RegistrationPolicy
from tracklift_domain.user.role import Role
from tracklift_domain.user.session.errors import WrongCredentialsError

PASSWORD = "correct horse battery"


async def invitations(reception: Reception) -> list[str]:
    return [mail.token for mail in await reception.mails(UserInvited)]


async def test_the_invited_user_chooses_a_password_and_has_a_verified_address(reception: Reception) -> None:
    invited = await reception.invite_user("ada@example.org", role=Role.OPERATOR)
    assert invited.is_unclaimed
    (token,) = await invitations(reception)

    await reception.accept_invitation(token, PASSWORD)

    accepted = await reception.users.get(invited.id)
    assert (accepted.role, accepted.email_verified_at, accepted.is_unclaimed) == (Role.OPERATOR, NOW, False)
    assert (await reception.call("ada@example.org", PASSWORD)).role is Role.OPERATOR


async def test_nobody_gets_into_the_account_before(reception: Reception) -> None:
    await reception.invite_user("ada@example.org")

    for password in ("", PASSWORD):
        with pytest.raises(WrongCredentialsError):
            await reception.log_in("ada@example.org", password)


async def test_an_invitation_is_single_use_and_expires(reception: Reception) -> None:
    await reception.invite_user("ada@example.org")
    await reception.invite_user("bob@example.org")
    first, second = await invitations(reception)
    await reception.accept_invitation(first, PASSWORD)

    with pytest.raises(MailedTokenUsedError):
        await reception.accept_invitation(first, "another good pass phrase")
    reception.clock.advance(timedelta(days=7))
    with pytest.raises(MailedTokenExpiredError):
        await reception.accept_invitation(second, PASSWORD)
    with pytest.raises(InvalidMailedTokenError):
        await reception.accept_invitation("made up", PASSWORD)


async def test_a_weak_password_leaves_the_invitation_good(reception: Reception) -> None:
    await reception.invite_user("ada@example.org")
    (token,) = await invitations(reception)

    with pytest.raises(WeakPasswordError):
        await reception.accept_invitation(token, "short")
    await reception.accept_invitation(token, PASSWORD)


async def test_inviting_again_mails_another_link_until_one_is_used(reception: Reception) -> None:
    """No account is made twice, and no more mails are sent than one may get."""
    invited = await reception.invite_user("ada@example.org")
    for _ in range(7):
        assert await reception.invite_user("ada@example.org", role=Role.ADMIN) == invited
    assert len(await invitations(reception)) == 5

    await reception.accept_invitation((await invitations(reception))[-1], PASSWORD)

    with pytest.raises(EmailTakenError):
        await reception.invite_user("ada@example.org")


async def test_a_user_who_signed_up_is_not_invited(reception: Reception) -> None:
    await reception.register("ada@example.org", PASSWORD)

    with pytest.raises(EmailTakenError):
        await reception.invite_user("ada@example.org")


async def test_nobody_is_invited_where_there_are_to_be_no_new_accounts(reception: Reception) -> None:
    invite = InviteUser(
        users=reception.users,
        create_user=reception.create_user,
        links=reception.links,
        policy=RegistrationPolicy(mode=RegistrationMode.CLOSED),
    )

    with pytest.raises(RegistrationClosedError):
        await invite("ada@example.org")


async def test_a_link_for_a_forgotten_password_takes_up_the_account_as_well(reception: Reception) -> None:
    """It was mailed to the same address. The invitation can then be used for nothing else."""
    await reception.invite_user("ada@example.org")
    await (await reception.request_reset("ada@example.org"))()
    (reset,) = await reception.mails(PasswordResetRequested)

    await reception.reset_password(reset.token, PASSWORD)

    assert (await reception.log_in("ada@example.org", PASSWORD)).access.value


async def test_an_invited_user_signs_in_with_a_provider_that_has_verified_the_address(
    reception: Reception,
) -> None:
    """An account that nobody can have used is nobody else's."""
    invited = await reception.invite_user("ada@example.org", role=Role.ADMIN)

    caller = await sign_in(reception)

    assert (caller.user_id, caller.email_verified, caller.role) == (invited.id, True, Role.ADMIN)
    events = await reception.outbox.pending(limit=10)
    assert [event.subject for event in events if isinstance(event, UserEmailVerified)] == [invited.id]
