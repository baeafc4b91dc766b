import asyncio
from datetime import timedelta

import pytest
from typing_extensions import override

from tests.contracts.examples import SECOND
from tests.unit.faults import down
from tests.unit.user.doubles import LegibleHasher
from tests.unit.user.reception import Reception
from tracklift_adapters.in_memory.mailed_tokens import InMemoryMailedTokenRepository
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.mailed_link.errors import (
    InvalidMailedTokenError,
    MailedTokenExpiredError,
    MailedTokenUsedError,
)
from tracklift_domain.user.mailed_link.events import (
    EmailVerificationRequested,
    LinkRequested,
    PasswordResetRequested,
)
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.mailed_link.mailed_token import MailedToken
from tracklift_domain.user.mailed_link.redeeming import TokenRedeemer
from tracklift_domain.user.mailed_link.request_password_reset import RequestPasswordReset
from tracklift_domain.user.mailed_link.reset_password import ResetPassword
from tracklift_domain.user.password.errors import WeakPasswordError
from tracklift_domain.user.session.errors import InvalidGrantError, WrongCredentialsError
from tracklift_domain.user.user import User

PASSWORD = "correct horse battery staple"
NEW = "a whole new passphrase"
HOUR = timedelta(hours=1)


@pytest.fixture
async def ada(reception: Reception) -> User:
    return await reception.register("ada@example.org", PASSWORD)


async def ask(reception: Reception, email: str = "ada@example.org") -> None:
    rest = await reception.request_reset(email)
    await rest()


async def mailed(reception: Reception) -> list[LinkRequested]:
    return await reception.mails(PasswordResetRequested)


@pytest.fixture
async def token(reception: Reception, ada: User) -> str:
    await ask(reception, ada.email.value)
    (mail,) = await mailed(reception)
    return mail.token


async def test_a_user_who_forgot_the_password_is_mailed_a_link(reception: Reception, ada: User) -> None:
    await ask(reception, " ADA@Example.org")
    (mail,) = await mailed(reception)
    assert (mail.user_id, mail.email) == (ada.id, "ada@example.org")
    assert mail.expires_at == "2026-02-03T05:05:06Z"


async def test_an_unknown_address_is_mailed_nothing_and_nobody_is_told(reception: Reception) -> None:
    await ask(reception, "nobody@example.org")
    assert await mailed(reception) == []


async def test_a_known_address_costs_no_more_than_an_unknown_one_until_the_answer(
    reception: Reception, ada: User
) -> None:
    """What a known one costs beyond the look-up is done behind the answer."""
    rest = await reception.request_reset(ada.email.value)
    assert await mailed(reception) == []
    await rest()
    assert len(await mailed(reception)) == 1


async def test_what_is_not_an_address_is_refused(reception: Reception) -> None:
    with pytest.raises(InvalidEmailAddressError):
        await reception.request_reset("nobody")


async def test_an_address_gets_at_most_five_mails_an_hour(reception: Reception, ada: User) -> None:
    await asyncio.gather(*(ask(reception, ada.email.value) for _ in range(20)))
    assert len(await mailed(reception)) == 5
    reception.clock.advance(HOUR)
    await ask(reception)
    assert len(await mailed(reception)) == 6


async def test_a_mail_that_can_not_be_asked_for_is_logged(
    reception: Reception, ada: User, caplog: pytest.LogCaptureFixture
) -> None:
    """The answer is out by then."""

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
    rest = await RequestPasswordReset(users=reception.users, links=links)(ada.email.value)
    await rest()
    assert f"No link is mailed to user {ada.id}" in caplog.text


async def test_the_link_sets_another_password(reception: Reception, token: str) -> None:
    reception.clock.advance(HOUR - SECOND)
    await reception.reset_password(token, NEW)
    assert (await reception.log_in("ada@example.org", NEW)).access.value
    with pytest.raises(WrongCredentialsError):
        await reception.log_in("ada@example.org", PASSWORD)


async def test_a_reset_ends_every_session(reception: Reception, token: str) -> None:
    sessions = [await reception.log_in("ada@example.org", PASSWORD) for _ in range(2)]
    await reception.reset_password(token, NEW)
    for tokens in sessions:
        with pytest.raises(InvalidGrantError):
            await reception.refresh(tokens.refresh)


async def test_a_reset_verifies_the_address_for_the_first_time_only(
    reception: Reception, ada: User, token: str
) -> None:
    """Its mail was read, after all."""
    now = reception.clock.advance(SECOND)
    await reception.reset_password(token, NEW)
    assert (await reception.users.get(ada.id)).email_verified_at == now
    await ask(reception)
    reception.clock.advance(SECOND)
    await reception.reset_password((await mailed(reception))[-1].token, PASSWORD)
    assert (await reception.users.get(ada.id)).email_verified_at == now


async def test_a_reset_uses_up_all_other_links_for_it(reception: Reception, token: str) -> None:
    await ask(reception)
    other = (await mailed(reception))[-1].token
    await reception.reset_password(token, NEW)
    for each in (token, other):
        with pytest.raises(MailedTokenUsedError):
            await reception.reset_password(each, "yet another password")
    assert (await reception.log_in("ada@example.org", NEW)).access.value


async def test_a_link_expires_and_changes_nothing_then(reception: Reception, token: str) -> None:
    reception.clock.advance(HOUR)
    with pytest.raises(MailedTokenExpiredError):
        await reception.reset_password(token, NEW)
    assert (await reception.log_in("ada@example.org", PASSWORD)).access.value


@pytest.mark.usefixtures("ada")
async def test_a_link_that_verifies_an_address_sets_no_password(reception: Reception) -> None:
    (mail,) = await reception.mails(EmailVerificationRequested)
    with pytest.raises(InvalidMailedTokenError):
        await reception.reset_password(mail.token, NEW)


async def test_what_is_not_a_token_costs_no_hashing(reception: Reception, ada: User) -> None:
    work_before = reception.hasher.work
    with pytest.raises(InvalidMailedTokenError):
        await reception.reset_password(ada.id, NEW)
    assert reception.hasher.work == work_before


@pytest.mark.parametrize("password", ["short", "ada@example.org", "xxxxxxxxxxxx"])
async def test_a_weak_password_is_refused_and_leaves_the_link_good(
    reception: Reception, token: str, password: str
) -> None:
    with pytest.raises(WeakPasswordError):
        await reception.reset_password(token, password)
    await reception.reset_password(token, NEW)


class Interrupted(LegibleHasher):
    """Has something happen while the first new password is hashed."""

    def __init__(self, reception: Reception, user: User, *, deletes: bool) -> None:
        super().__init__()
        self._reception = reception
        self._user = user
        self._deletes = deletes

    @override
    async def hash(self, password: str) -> str:
        if self.work == 0 and self._deletes:
            await self._reception.delete_user(Caller(user_id=self._user.id, email=self._user.email))
        elif self.work == 0:
            (mail,) = await self._reception.mails(EmailVerificationRequested)
            await self._reception.verify_email(mail.token)
        return await super().hash(password)


async def test_a_user_who_changes_meanwhile_gets_the_password_all_the_same(
    reception: Reception, ada: User, token: str
) -> None:
    """Two links are used at the same moment, and neither undoes the other."""
    hasher = Interrupted(reception, ada, deletes=False)
    await ResetPassword(redeemer=reception.redeemer, hasher=hasher, passwords=reception.passwords)(token, NEW)
    user = await reception.users.get(ada.id)
    assert user.password_hash == f"today:{NEW}"
    assert user.email_verified_at is not None
    assert hasher.work == 2


async def test_a_link_of_an_account_that_is_deleted_meanwhile_is_good_for_nothing(
    reception: Reception, ada: User, token: str
) -> None:
    """By then it is not told from one that never was."""
    hasher = Interrupted(reception, ada, deletes=True)
    with pytest.raises((InvalidMailedTokenError, MailedTokenUsedError)):
        await ResetPassword(redeemer=reception.redeemer, hasher=hasher, passwords=reception.passwords)(
            token, NEW
        )


async def test_a_link_without_its_account_is_not_valid(reception: Reception, ada: User, token: str) -> None:
    """Both are deleted in one step, but they are read in two."""

    class Vanishing(InMemoryMailedTokenRepository):
        @override
        async def get(self, token_hash: str) -> MailedToken:
            found = await reception.mailed.get(token_hash)
            await reception.delete_user(Caller(user_id=ada.id, email=ada.email))
            return found

    vanishing = Vanishing(reception.users, reception.sessions, reception.keys, reception.outbox)
    redeemer = TokenRedeemer(tokens=vanishing, users=reception.users, clock=reception.clock)
    with pytest.raises(InvalidMailedTokenError):
        await ResetPassword(redeemer=redeemer, hasher=reception.hasher, passwords=reception.passwords)(
            token, NEW
        )


async def test_of_two_who_use_a_link_at_once_one_succeeds(reception: Reception, token: str) -> None:
    answers = await asyncio.gather(
        *(reception.reset_password(token, f"{NEW} {number}") for number in range(5)), return_exceptions=True
    )
    assert sum(isinstance(answer, EmailAddress) for answer in answers) == 1
    assert sum(isinstance(answer, MailedTokenUsedError) for answer in answers) == 4
