from dataclasses import replace

import pytest

from tests.contracts.examples import ADA, BOB, NOW, a_user, an_external_identity
from tests.unit.user.reception import PROVIDER, Reception
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError
from tracklift_domain.user.events import UserEmailVerified
from tracklift_domain.user.mailed_link.events import EmailVerificationRequested, PasswordResetRequested
from tracklift_domain.user.password.errors import WrongPasswordError
from tracklift_domain.user.registration.errors import (
    EmailDomainNotAllowedError,
    InvitationRequiredError,
    RegistrationClosedError,
)
from tracklift_domain.user.registration.registration import RegistrationMode, RegistrationPolicy
from tracklift_domain.user.session.errors import AccountDisabledError, WrongCredentialsError
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.sign_in_provider.errors import (
    AddressNotVerifiedError,
    AddressNotVerifiedHereError,
    ExternalIdentityNotFoundError,
    ExternalIdentityTakenError,
    ProviderNotFoundError,
    ProviderRefusedError,
    SignInAttemptLostError,
)
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer, SignInAttempt
from tracklift_domain.user.user import NO_PASSWORD, User

ADA_AT_HOME = EmailAddress("ada@example.org")
IDENTITY = an_external_identity()


async def begin(reception: Reception) -> SignInAttempt:
    begun = await reception.begin_sign_in(PROVIDER)
    return SignInAttempt(provider=PROVIDER, secret=begun.secret)


async def sign_in(reception: Reception) -> Caller:
    attempt = await begin(reception)
    tokens = await reception.sign_in(PROVIDER, attempt.secret, reception.provider.answer(attempt))
    return reception.identify(tokens.access.value)


async def test_a_browser_is_sent_to_the_provider_with_what_its_secret_gives(reception: Reception) -> None:
    begun = await reception.begin_sign_in(PROVIDER)

    attempt = SignInAttempt(provider=PROVIDER, secret=begun.secret)
    assert attempt.state in begun.url
    assert begun.secret not in begun.url
    assert begun.secret not in repr(begun)


async def test_each_attempt_has_a_secret_of_its_own(reception: Reception) -> None:
    assert (await begin(reception)).secret != (await begin(reception)).secret


async def test_a_stranger_whose_address_the_provider_has_verified_gets_an_account(
    reception: Reception,
) -> None:
    """Without a password, and verified here too; other services learn of it."""
    caller = await sign_in(reception)

    user = await reception.users.get(caller.user_id)
    assert (user.email, user.password_hash, user.email_verified_at) == (ADA_AT_HOME, NO_PASSWORD, NOW)
    assert caller.email_verified
    events = list(await reception.outbox.pending(limit=10))
    assert events == [UserEmailVerified.of(user, NOW)]
    assert await reception.mails(EmailVerificationRequested) == []


async def test_a_user_who_signs_in_again_has_the_same_account(reception: Reception) -> None:
    assert (await sign_in(reception)).user_id == (await sign_in(reception)).user_id


async def test_an_account_is_known_by_issuer_and_subject_whatever_becomes_of_the_address(
    reception: Reception,
) -> None:
    first = await sign_in(reception)
    reception.provider.account = replace(reception.provider.account, email=None, email_verified=False)
    without = await sign_in(reception)
    await reception.users.add(a_user(BOB, "bob@example.org", email_verified_at=NOW))
    reception.provider.account = replace(
        reception.provider.account, email=EmailAddress("bob@example.org"), email_verified=True
    )

    assert without.user_id == (await sign_in(reception)).user_id == first.user_id


async def test_another_subject_or_issuer_with_the_same_address_is_linked_to_the_verified_account(
    reception: Reception,
) -> None:
    first = await sign_in(reception)
    reception.provider.account = replace(reception.provider.account, subject="ada-2")

    assert (await sign_in(reception)).user_id == first.user_id


async def test_an_account_that_was_verified_here_is_linked_by_its_address(reception: Reception) -> None:
    """It keeps its password."""
    await reception.users.add(a_user(email_verified_at=NOW))

    assert (await sign_in(reception)).user_id == ADA

    assert await reception.users.get(ADA) == a_user(email_verified_at=NOW)
    assert (await reception.identities.get(IDENTITY.issuer, IDENTITY.subject)).user_id == ADA


async def test_an_account_that_was_never_verified_here_is_not_linked(reception: Reception) -> None:
    """Somebody else may have signed up with the address, and would share the account."""
    await reception.users.add(a_user())

    with pytest.raises(AddressNotVerifiedHereError):
        await sign_in(reception)

    with pytest.raises(ExternalIdentityNotFoundError):
        await reception.identities.get(IDENTITY.issuer, IDENTITY.subject)


@pytest.mark.parametrize("email", [ADA_AT_HOME, None])
@pytest.mark.parametrize("is_known", [True, False])
async def test_an_address_that_the_provider_has_not_verified_links_and_makes_nothing(
    reception: Reception, email: EmailAddress | None, *, is_known: bool
) -> None:
    if is_known:
        await reception.users.add(a_user(email_verified_at=NOW))
    reception.provider.account = replace(reception.provider.account, email=email, email_verified=False)

    with pytest.raises(AddressNotVerifiedError):
        await sign_in(reception)

    assert list(await reception.outbox.pending(limit=10)) == []


async def test_an_answer_that_is_no_address_verifies_none(reception: Reception) -> None:
    reception.provider.account = replace(reception.provider.account, email=None)

    with pytest.raises(AddressNotVerifiedError):
        await sign_in(reception)


async def test_no_password_logs_in_to_an_account_without_one_and_the_work_tells_nothing(
    reception: Reception,
) -> None:
    await sign_in(reception)
    before = reception.hasher.work

    for password in (NO_PASSWORD, "a password"):
        with pytest.raises(WrongCredentialsError):
            await reception.log_in("ada@example.org", password)

    assert reception.hasher.work == before + 2


@pytest.mark.parametrize(
    "answer", [ProviderAnswer(), ProviderAnswer(code="code-1"), ProviderAnswer(state="x", code="code-1")]
)
async def test_an_answer_of_another_attempt_is_refused_before_the_provider_is_asked(
    reception: Reception, answer: ProviderAnswer
) -> None:
    attempt = await begin(reception)
    reception.provider.is_down = True

    with pytest.raises(SignInAttemptLostError):
        await reception.sign_in(PROVIDER, attempt.secret, answer)


async def test_an_answer_in_a_browser_that_did_not_begin_is_refused(reception: Reception) -> None:
    """Its user would be logged in as somebody else (login CSRF)."""
    attempt, another = await begin(reception), await begin(reception)
    answer = reception.provider.answer(attempt)

    for secret in ("", another.secret):
        with pytest.raises(SignInAttemptLostError):
            await reception.sign_in(PROVIDER, secret, answer)


async def test_a_code_of_another_attempt_is_of_no_use(reception: Reception) -> None:
    """A thief who has another's code lacks the verifier that it was asked with."""
    stolen = reception.provider.answer(await begin(reception))
    attempt = await begin(reception)

    with pytest.raises(ProviderRefusedError):
        await reception.sign_in(PROVIDER, attempt.secret, replace(stolen, state=attempt.state))


async def test_an_answer_is_good_once(reception: Reception) -> None:
    attempt = await begin(reception)
    answer = reception.provider.answer(attempt)
    await reception.sign_in(PROVIDER, attempt.secret, answer)

    with pytest.raises(ProviderRefusedError):
        await reception.sign_in(PROVIDER, attempt.secret, answer)


async def test_a_user_who_declines_is_not_signed_in(reception: Reception) -> None:
    attempt = await begin(reception)

    with pytest.raises(ProviderRefusedError, match="denied"):
        await reception.sign_in(
            PROVIDER, attempt.secret, ProviderAnswer(state=attempt.state, error="access_denied")
        )


async def test_a_provider_that_is_not_there_is_not_found(reception: Reception) -> None:
    for provider in ("", "other", "../internal", "Company"):
        with pytest.raises(ProviderNotFoundError):
            await reception.begin_sign_in(provider)
        with pytest.raises(ProviderNotFoundError):
            await reception.sign_in(provider, "secret", ProviderAnswer(state="state"))


async def test_nobody_begins_while_the_provider_is_down(reception: Reception) -> None:
    reception.provider.is_down = True

    with pytest.raises(ServiceUnavailableError):
        await reception.begin_sign_in(PROVIDER)


@pytest.mark.parametrize("error", [EmailTakenError(), ExternalIdentityTakenError()])
async def test_of_two_who_sign_in_at_once_for_the_first_time_both_get_the_one_account(
    reception: Reception, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    async def be_overtaken(*_: object) -> None:
        monkeypatch.undo()
        await reception.identities.add_with_user(
            an_external_identity(user_id=BOB), a_user(BOB, "ada@example.org", email_verified_at=NOW)
        )
        raise error

    monkeypatch.setattr(reception.identities, "add_with_user", be_overtaken)

    assert (await sign_in(reception)).user_id == BOB


async def test_an_account_that_is_deleted_meanwhile_is_made_anew(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await sign_in(reception)
    get = reception.users.get

    async def be_deleted(user_id: UserId) -> object:
        user = await get(user_id)
        monkeypatch.undo()
        await reception.users.remove(user_id)
        return user

    monkeypatch.setattr(reception.users, "get", be_deleted)

    assert (await sign_in(reception)).user_id != first.user_id


def test_errors_carry_what_they_are_about() -> None:
    assert ProviderNotFoundError("other").provider == "other"
    assert ProviderRefusedError("it is closed.").reason == "it is closed."
    unknown = ExternalIdentityNotFoundError("issuer", "subject")
    assert (unknown.issuer, unknown.subject) == ("issuer", "subject")


@pytest.mark.parametrize(
    ("policy", "error"),
    [
        (RegistrationPolicy(mode=RegistrationMode.CLOSED), RegistrationClosedError),
        (RegistrationPolicy(mode=RegistrationMode.INVITED), InvitationRequiredError),
        (RegistrationPolicy(domains=frozenset({"company.example"})), EmailDomainNotAllowedError),
    ],
)
async def test_a_stranger_gets_no_account_who_may_not_sign_up(
    reception: Reception, policy: RegistrationPolicy, error: type[Exception]
) -> None:
    """A user who has an account signs in all the same."""
    reception.open_session._policy = policy
    with pytest.raises(error):
        await sign_in(reception)
    await reception.users.add(a_user(email_verified_at=NOW))

    assert (await sign_in(reception)).user_id == ADA


async def test_the_session_has_the_name_of_the_device(reception: Reception) -> None:
    attempt = await begin(reception)
    answer = reception.provider.answer(attempt)

    tokens = await reception.sign_in(PROVIDER, attempt.secret, answer, "Firefox on Linux")

    caller = reception.identify(tokens.access.value)
    (session,) = await reception.sessions.list_of(caller.user_id)
    assert session.device == "Firefox on Linux"


async def test_a_user_without_a_password_changes_none_and_sets_one_by_mail(reception: Reception) -> None:
    """The link in the mail is what proves that the account is theirs; the sign-in with the provider stays."""
    caller = await sign_in(reception)
    with pytest.raises(WrongPasswordError):
        await reception.change_password(caller, NO_PASSWORD, "correct horse battery")

    await (await reception.request_reset("ada@example.org"))()
    (mail,) = await reception.mails(PasswordResetRequested)
    await reception.reset_password(mail.token, "correct horse battery")

    await reception.log_in("ada@example.org", "correct horse battery")
    assert (await sign_in(reception)).user_id == caller.user_id


async def test_a_disabled_user_is_refused(reception: Reception) -> None:
    caller = await sign_in(reception)
    await reception.change_user(caller.user_id, disabled=True)

    with pytest.raises(AccountDisabledError):
        await sign_in(reception)


async def test_a_user_who_is_disabled_meanwhile_has_no_session(
    reception: Reception, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The disabling ends only those that it finds."""
    caller = await sign_in(reception)
    open_session = reception.keeper.open

    async def disabled_meanwhile(user: User, device: str | None = None) -> TokenPair:
        await reception.change_user(user.id, disabled=True)
        return await open_session(user, device)

    monkeypatch.setattr(reception.keeper, "open", disabled_meanwhile)
    with pytest.raises(AccountDisabledError):
        await sign_in(reception)

    assert await reception.sessions.list_of(caller.user_id) == []
