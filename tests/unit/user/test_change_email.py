"""A user changes the address of the account."""

import asyncio
from datetime import timedelta

import pytest

from tests.contracts.examples import NOW, an_api_key
from tests.unit.user.reception import Reception
from tests.unit.user.test_sign_in_with_provider import sign_in
from tracklift_domain.identifiers import SessionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InsufficientScopeError
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError, InvalidEmailAddressError, UserNotFoundError
from tracklift_domain.user.events import UserEmailChanged, UserEmailVerified
from tracklift_domain.user.mailed_link.errors import (
    InvalidMailedTokenError,
    MailedTokenExpiredError,
    MailedTokenUsedError,
)
from tracklift_domain.user.mailed_link.events import EmailChangeRequested, PasswordResetRequested
from tracklift_domain.user.password.errors import TooManyLogInsError, WrongPasswordError

PASSWORD = "correct horse battery"
NEW = "lovelace@example.org"


@pytest.fixture
async def ada(reception: Reception) -> Caller:
    await reception.register("ada@example.org", PASSWORD)
    return await reception.call("ada@example.org", PASSWORD)


async def the_token(reception: Reception) -> str:
    return (await reception.mails(EmailChangeRequested))[-1].token


async def test_the_new_address_confirms_and_the_old_one_is_told(reception: Reception, ada: Caller) -> None:
    """The password stays, and so do the sessions; access tokens that name the old address end."""
    await reception.request_email_change(ada, " Lovelace@Example.org ", PASSWORD)
    (mail,) = await reception.mails(EmailChangeRequested)
    assert mail.email == NEW
    assert (await reception.users.get(ada.user_id)).email.value == "ada@example.org"

    await reception.confirm_email_change(mail.token)

    user = await reception.users.get(ada.user_id)
    assert (user.email.value, user.email_verified_at) == (NEW, NOW)
    events = await reception.outbox.pending(limit=100)
    (changed,) = [event for event in events if isinstance(event, UserEmailChanged)]
    assert (changed.previous_email, changed.email) == ("ada@example.org", NEW)
    assert [event.email for event in events if isinstance(event, UserEmailVerified)] == [NEW]
    assert [event.session_id for event in events if isinstance(event, SessionsEnded)] == [None]
    assert (await reception.call(NEW, PASSWORD)).email == EmailAddress(NEW)
    assert len(await reception.sessions.list_of(ada.user_id)) == 2


async def test_changing_back_is_announced_by_events_of_its_own(reception: Reception, ada: Caller) -> None:
    for email in (NEW, "ada@example.org"):
        await reception.request_email_change(ada, email, PASSWORD)
        await reception.confirm_email_change(await the_token(reception))

    ids = [event.id for event in await reception.outbox.pending(limit=100)]
    assert len(set(ids)) == len(ids)


async def test_links_that_were_mailed_to_the_old_address_are_good_for_nothing(
    reception: Reception, ada: Caller
) -> None:
    await (await reception.request_reset("ada@example.org"))()
    await reception.request_email_change(ada, NEW, PASSWORD)
    await reception.confirm_email_change(await the_token(reception))

    (reset,) = await reception.mails(PasswordResetRequested)
    with pytest.raises(InvalidMailedTokenError):
        await reception.reset_password(reset.token, "another good pass phrase")


async def test_a_token_is_single_use_expires_and_serves_nothing_else(
    reception: Reception, ada: Caller
) -> None:
    await reception.request_email_change(ada, NEW, PASSWORD)
    token = await the_token(reception)
    with pytest.raises(InvalidMailedTokenError):
        await reception.verify_email(token)
    await reception.confirm_email_change(token)

    with pytest.raises(MailedTokenUsedError):
        await reception.confirm_email_change(token)
    await reception.request_email_change(ada, "third@example.org", PASSWORD)
    reception.clock.advance(timedelta(days=1))
    with pytest.raises(MailedTokenExpiredError):
        await reception.confirm_email_change(await the_token(reception))


async def test_an_address_of_another_user_is_refused_at_first_and_at_last(
    reception: Reception, ada: Caller
) -> None:
    """It may be taken between the two."""
    await reception.request_email_change(ada, NEW, PASSWORD)
    await reception.register(NEW, PASSWORD)

    with pytest.raises(EmailTakenError):
        await reception.confirm_email_change(await the_token(reception))
    with pytest.raises(EmailTakenError):
        await reception.request_email_change(ada, NEW, PASSWORD)
    assert (await reception.users.get(ada.user_id)).email.value == "ada@example.org"


@pytest.mark.parametrize("password", ["", "wrong", "x" * 257, "half a \ud83d"])
async def test_who_does_not_know_the_password_changes_nothing(
    reception: Reception, ada: Caller, password: str
) -> None:
    """A page that somebody left open is not enough."""
    with pytest.raises(WrongPasswordError):
        await reception.request_email_change(ada, NEW, password)

    assert await reception.mails(EmailChangeRequested) == []


async def test_what_is_no_address_is_refused(reception: Reception, ada: Caller) -> None:
    with pytest.raises(InvalidEmailAddressError):
        await reception.request_email_change(ada, "nobody", PASSWORD)


async def test_an_api_key_changes_no_address(reception: Reception, ada: Caller) -> None:
    caller = Caller(
        user_id=ada.user_id,
        email=ada.email,
        session_id=SessionId(an_api_key().id),
        scopes=frozenset(Scope),
    )
    with pytest.raises(InsufficientScopeError):
        await reception.request_email_change(caller, NEW, PASSWORD)


async def test_a_user_who_is_gone_is_not_found(reception: Reception, ada: Caller) -> None:
    await reception.delete_user(ada)

    with pytest.raises(UserNotFoundError):
        await reception.request_email_change(ada, NEW, PASSWORD)


async def test_a_user_without_a_password_needs_none(reception: Reception) -> None:

    await reception.request_email_change(await sign_in(reception), NEW, "")
    await reception.confirm_email_change(await the_token(reception))

    assert (await reception.users.get_by_email(EmailAddress(NEW))).email_verified_at == NOW


async def test_guesses_at_one_password_are_bounded(reception: Reception, ada: Caller) -> None:
    answers = await asyncio.gather(
        *(reception.request_email_change(ada, NEW, "wrong") for _ in range(20)), return_exceptions=True
    )

    assert all(isinstance(answer, WrongPasswordError | TooManyLogInsError) for answer in answers)
