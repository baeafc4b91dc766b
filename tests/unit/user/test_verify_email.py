from dataclasses import replace
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.contracts.examples import NOW, SECOND
from tests.unit.faults import down
from tests.unit.user.reception import Reception
from tracklift_adapters.in_memory.mailed_tokens import InMemoryMailedTokenRepository
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.events import UserEmailVerified
from tracklift_domain.user.mailed_link.errors import (
    InvalidMailedTokenError,
    MailedTokenExpiredError,
    MailedTokenUsedError,
)
from tracklift_domain.user.mailed_link.events import EmailVerificationRequested, LinkRequested
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.mailed_link.mailed_token import hash_mailed_token
from tracklift_domain.user.registration.register_user import RegisterUser
from tracklift_domain.user.registration.registration import RegistrationPolicy
from tracklift_domain.user.user import User

PASSWORD = "correct horse battery staple"
DAY = timedelta(days=1)


@pytest.fixture
async def ada(reception: Reception) -> User:
    return await reception.register("ada@example.org", PASSWORD)


def caller(user: User) -> Caller:
    return Caller(user_id=user.id, email=user.email)


async def mailed(reception: Reception) -> list[LinkRequested]:
    return await reception.mails(EmailVerificationRequested)


async def test_a_new_user_is_mailed_a_link(reception: Reception, ada: User) -> None:
    (mail,) = await mailed(reception)
    assert ada.email_verified_at is None
    assert (mail.user_id, mail.email, mail.time) == (ada.id, "ada@example.org", NOW)
    assert mail.expires_at == "2026-02-04T04:05:06Z"
    assert mail.id == f"{ada.id}.verify_email.{hash_mailed_token(mail.token)[:32]}"
    assert len(mail.id) <= 128


async def test_what_is_mailed_is_kept_as_a_hash_only_and_shows_in_no_log(
    reception: Reception, ada: User
) -> None:
    (mail,) = await mailed(reception)
    kept = await reception.mailed.get(hash_mailed_token(mail.token))
    assert kept.user_id == ada.id
    assert mail.token not in repr(kept)
    assert mail.token not in repr(mail)


async def test_the_link_verifies_the_address_once(reception: Reception, ada: User) -> None:
    (mail,) = await mailed(reception)
    now = reception.clock.advance(DAY - SECOND)
    await reception.verify_email(mail.token)
    assert (await reception.users.get(ada.id)).email_verified_at == now
    reception.clock.advance(SECOND)
    with pytest.raises(MailedTokenUsedError):
        await reception.verify_email(mail.token)
    assert (await reception.users.get(ada.id)).email_verified_at == now


async def test_it_is_announced_once_that_the_address_was_verified(reception: Reception, ada: User) -> None:
    (first,) = await mailed(reception)
    await reception.links.send_reset(ada)
    reset = (await reception.mails(LinkRequested))[-1]
    await reception.verify_email(first.token)
    await reception.reset_password(reset.token, "another good pass phrase")

    announced = [
        event for event in await reception.outbox.pending(limit=100) if isinstance(event, UserEmailVerified)
    ]
    assert [(event.user_id, event.email, event.time) for event in announced] == [
        (ada.id, "ada@example.org", NOW)
    ]


async def test_a_password_that_is_reset_by_mail_verifies_and_announces_the_address(
    reception: Reception, ada: User
) -> None:
    await reception.links.send_reset(ada)
    reset = (await reception.mails(LinkRequested))[-1]
    await reception.reset_password(reset.token, "another good pass phrase")

    announced = await reception.outbox.pending(limit=100)
    assert [event.user_id for event in announced if isinstance(event, UserEmailVerified)] == [ada.id]


@pytest.mark.usefixtures("ada")
async def test_an_access_token_says_whether_the_address_is_verified(reception: Reception) -> None:
    """A session that began before is told with its next token."""
    first = await reception.log_in("ada@example.org", PASSWORD)
    second = await reception.refresh(first.refresh)
    (mail,) = await mailed(reception)
    await reception.verify_email(mail.token)
    third = await reception.refresh(second.refresh)
    told = [reception.identify(pair.access.value).email_verified for pair in (first, second, third)]
    assert told == [False, False, True]


async def test_a_link_expires(reception: Reception, ada: User) -> None:
    (mail,) = await mailed(reception)
    reception.clock.advance(DAY)
    with pytest.raises(MailedTokenExpiredError):
        await reception.verify_email(mail.token)
    assert (await reception.users.get(ada.id)).email_verified_at is None


@pytest.mark.parametrize("token", ["", "unknown", "müll", "\ud800", "x" * 100_000])
async def test_what_is_not_a_token_verifies_nothing(reception: Reception, token: str) -> None:
    with pytest.raises(InvalidMailedTokenError):
        await reception.verify_email(token)


async def test_a_link_for_a_password_verifies_nothing_by_itself(reception: Reception, ada: User) -> None:
    await reception.links.send_reset(ada)
    token = (await reception.mails(LinkRequested))[-1].token
    with pytest.raises(InvalidMailedTokenError):
        await reception.verify_email(token)


async def test_a_link_that_went_to_another_address_is_not_valid(reception: Reception, ada: User) -> None:
    """It proves nothing about the address that the account has now."""
    (mail,) = await mailed(reception)
    await reception.users.replace(replace(ada, email=EmailAddress("new@example.org"), revision=2))
    with pytest.raises(InvalidMailedTokenError):
        await reception.verify_email(mail.token)


async def test_the_mail_can_be_asked_for_again(reception: Reception, ada: User) -> None:
    await reception.request_verification(caller(ada))
    first, second = await mailed(reception)
    assert first.token != second.token
    await reception.verify_email(second.token)
    with pytest.raises(MailedTokenUsedError):
        await reception.verify_email(first.token)


async def test_whose_address_is_verified_gets_no_more_of_it(reception: Reception, ada: User) -> None:
    (mail,) = await mailed(reception)
    await reception.verify_email(mail.token)
    await reception.request_verification(caller(ada))
    assert len(await mailed(reception)) == 1


async def test_a_user_gets_five_mails_a_day_and_hears_nothing_of_it(reception: Reception, ada: User) -> None:
    for _ in range(10):
        await reception.request_verification(caller(ada))
    assert len(await mailed(reception)) == 5
    reception.clock.advance(DAY)
    await reception.request_verification(caller(ada))
    assert len(await mailed(reception)) == 6


async def test_a_deleted_account_can_ask_for_nothing(reception: Reception, ada: User) -> None:
    await reception.delete_user(caller(ada))
    with pytest.raises(UserNotFoundError):
        await reception.request_verification(caller(ada))
    (mail,) = await mailed(reception)
    with pytest.raises(InvalidMailedTokenError):
        await reception.verify_email(mail.token)


async def test_an_account_that_is_deleted_just_then_is_mailed_nothing(
    reception: Reception, ada: User
) -> None:
    await reception.delete_user(caller(ada))
    await reception.links.send_verification(ada)
    assert len(await mailed(reception)) == 1


async def test_an_account_is_made_even_if_the_mail_can_not_be_asked_for(reception: Reception) -> None:
    class Broken(InMemoryMailedTokenRepository):
        @override
        async def add(self, *_: object, **__: object) -> None:
            raise down()

    links = LinkSender(
        tokens=Broken(reception.users, reception.sessions, reception.keys, reception.outbox),
        clock=reception.clock,
        identifiers=reception.identifiers,
        policy=reception.policy,
    )
    register = RegisterUser(
        users=reception.users,
        hasher=reception.hasher,
        passwords=reception.passwords,
        clock=reception.clock,
        identifiers=reception.identifiers,
        links=links,
        policy=RegistrationPolicy(),
    )
    user = await register("ada@example.org", PASSWORD)
    assert await reception.users.get(user.id) == user
    await reception.request_verification(caller(user))
    assert len(await mailed(reception)) == 1
