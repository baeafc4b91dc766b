"""Signing in with a provider in a process of its own, over HTTP: what counts, and each way in which nothing does."""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.servers.openid_process import CLIENT_ID, CLIENT_SECRET, OpenIdProcess
from tests.servers.ports import free_port
from tracklift_adapters.environment.openid_settings import OpenIdProviderSettings
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.openid.provider import OpenIdProvider
from tracklift_adapters.openid.providers import redirect_url
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.sign_in_provider.errors import InvalidIdTokenError, ProviderRefusedError
from tracklift_domain.user.sign_in_provider.external_identity import ProviderAccount
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer, SignInAttempt

pytestmark = pytest.mark.network

REDIRECT_URL = redirect_url("https://tracklift.example/", "company")
ATTEMPT = SignInAttempt(provider="company", secret="the secret of a browser")
DISCOVERY = "/.well-known/openid-configuration"
ADA = EmailAddress("ada@example.org")


@pytest.fixture(scope="module")
def running() -> Iterator[OpenIdProcess]:
    process = OpenIdProcess(REDIRECT_URL)
    yield process
    process.stop()


@pytest.fixture
def process(running: OpenIdProcess) -> OpenIdProcess:
    running.behave()
    return running


@pytest.fixture
def clock() -> ManualClock:
    """Give the present time: the provider has a clock of its own."""
    return ManualClock(datetime.now(UTC))


def provider_at(process: OpenIdProcess, clock: ManualClock, **settings: Any) -> OpenIdProvider:
    known = OpenIdProviderSettings(issuer=process.issuer, client_id=CLIENT_ID, client_secret=CLIENT_SECRET)
    return OpenIdProvider("company", replace(known, **settings), clock, redirect_url=REDIRECT_URL)


@pytest.fixture
def provider(process: OpenIdProcess, clock: ManualClock) -> OpenIdProvider:
    return provider_at(process, clock)


async def answer_of(process: OpenIdProcess, provider: OpenIdProvider) -> ProviderAnswer:
    return process.answer(await provider.authorization_url(ATTEMPT))


async def sign_in(process: OpenIdProcess, provider: OpenIdProvider) -> ProviderAccount:
    return await provider.identify(ATTEMPT, await answer_of(process, provider))


async def test_a_user_who_signs_in_at_the_provider_is_known(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    assert await sign_in(process, provider) == ProviderAccount(
        issuer=process.issuer, subject="ada-1", email=ADA, email_verified=True
    )


async def test_the_answer_brings_back_the_state(process: OpenIdProcess, provider: OpenIdProvider) -> None:
    assert ATTEMPT.matches((await answer_of(process, provider)).state)


async def test_a_public_client_signs_in_without_a_secret(process: OpenIdProcess, clock: ManualClock) -> None:
    process.behave(has_public_client=True)

    account = await sign_in(process, provider_at(process, clock, client_secret=None))

    assert account.subject == "ada-1"


async def test_a_secret_goes_into_the_form_where_the_provider_wants_it_there(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    process.behave(metadata={"token_endpoint_auth_methods_supported": ["client_secret_post"]})

    assert (await sign_in(process, provider)).subject == "ada-1"


async def test_a_provider_may_sign_with_an_elliptic_curve(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    process.behave(algorithm="ES256")

    assert (await sign_in(process, provider)).subject == "ada-1"


async def test_an_address_that_is_not_in_the_id_token_is_asked_for(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    """As Authelia has it."""
    process.behave(user_info={"sub": "ada-1", "email": "ada@example.org", "email_verified": True})

    account = await sign_in(process, provider)

    assert (account.email, account.email_verified) == (ADA, True)


async def test_one_address_does_not_vouch_for_another(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    """The ID token says that an address is verified, but not which."""
    process.behave(
        user_info={"sub": "ada-1", "email": "bob@example.org", "email_verified": False},
        claims={"email_verified": True},
    )

    assert (await sign_in(process, provider)).verified_email is None


async def test_an_address_that_is_said_of_another_user_counts_for_nothing(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    process.behave(user_info={"sub": "bob-1", "email": "bob@example.org", "email_verified": True})

    with pytest.raises(InvalidIdTokenError, match="another"):
        await sign_in(process, provider)


@pytest.mark.parametrize("verified", [False, None, "false", 1, "yes"])
async def test_an_address_is_not_verified_unless_the_provider_says_so(
    process: OpenIdProcess, provider: OpenIdProvider, verified: object
) -> None:
    process.behave(claims={"email_verified": verified})

    assert (await sign_in(process, provider)).verified_email is None


@pytest.mark.parametrize("email", [None, "ada", 7, ["ada@example.org"], "ada@example.org, bob@example.org"])
async def test_what_is_no_address_is_none(
    process: OpenIdProcess, provider: OpenIdProvider, email: object
) -> None:
    process.behave(claims={"email": email})

    assert (await sign_in(process, provider)).email is None


NOW = int(time.time())
"""As the tests are read, which may be an hour before they run."""
HOUR = 3600
DAY = 24 * HOUR


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"iss": None},
        {"aud": "other"},
        {"aud": ["other"]},
        {"aud": None},
        {"aud": [CLIENT_ID, "other"]},
        {"aud": [CLIENT_ID, "other"], "azp": "other"},
        {"azp": "other"},
        {"nonce": "another"},
        {"nonce": None},
        {"nonce": [ATTEMPT.nonce]},
        {"exp": NOW - HOUR},
        {"exp": None},
        {"exp": "tomorrow"},
        {"iat": NOW + DAY},
        {"iat": None},
        {"nbf": NOW + DAY},
        {"sub": None},
        {"sub": ""},
        {"sub": 7},
        {"sub": "x" * 256},
        {"sub": "ada\n1"},
        {"sub": "adä"},
    ],
)
async def test_an_id_token_that_says_anything_else_than_it_must_is_refused(
    process: OpenIdProcess, provider: OpenIdProvider, claims: dict[str, Any]
) -> None:
    process.behave(claims=claims)

    with pytest.raises(InvalidIdTokenError):
        await sign_in(process, provider)


@pytest.mark.parametrize(
    "claims",
    [
        lambda _: {"aud": CLIENT_ID},
        lambda _: {"aud": [CLIENT_ID, "other"], "azp": CLIENT_ID},
        lambda now: {"exp": now - 5},
        lambda now: {"iat": now + 30},
    ],
    ids=["one audience", "authorized party", "just expired", "of a clock that is ahead"],
)
async def test_an_id_token_may_say_it_in_each_of_these_ways(
    process: OpenIdProcess, provider: OpenIdProvider, claims: Callable[[int], dict[str, Any]]
) -> None:
    """Clocks may differ by a minute."""
    process.behave(claims=claims(int(time.time())))

    assert (await sign_in(process, provider)).subject == "ada-1"


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_an_id_token_that_a_client_could_have_made_is_refused(
    process: OpenIdProcess, provider: OpenIdProvider, algorithm: str
) -> None:
    """Although the provider claims to sign so."""
    process.behave(algorithm=algorithm)

    with pytest.raises(InvalidIdTokenError, match="algorithm"):
        await sign_in(process, provider)


@pytest.mark.parametrize("header", [{}, {"kid": "enc"}, {"kid": "none"}])
async def test_a_key_that_is_not_published_for_it_signs_nothing(
    process: OpenIdProcess, provider: OpenIdProvider, header: dict[str, Any]
) -> None:
    """The keys are fetched once more, and not again."""
    process.behave(signs_with_unpublished_key=True, header=header)
    before = process.requests("/keys")
    process.behave(signs_with_unpublished_key=True, header=header)

    with pytest.raises(InvalidIdTokenError):
        await sign_in(process, provider)

    assert process.requests("/keys") - before <= 2


async def test_a_key_that_the_id_token_brings_along_does_not_count(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    process.behave(
        signs_with_unpublished_key=True, header={"jku": f"{process.issuer}/own", "jwk": {"kty": "RSA"}}
    )

    with pytest.raises(InvalidIdTokenError):
        await sign_in(process, provider)

    assert process.requests("/own") == 0


async def test_a_provider_may_change_its_keys_at_any_time(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    await sign_in(process, provider)
    process.behave(rotate=True)

    assert (await sign_in(process, provider)).subject == "ada-1"


async def test_documents_are_fetched_once_an_hour(
    process: OpenIdProcess, provider: OpenIdProvider, clock: ManualClock
) -> None:
    before = process.requests(DISCOVERY), process.requests("/keys")
    for _ in range(3):
        await sign_in(process, provider)
    assert (process.requests(DISCOVERY), process.requests("/keys")) == (before[0] + 1, before[1] + 1)

    process.behave(claims={"exp": NOW + 3 * HOUR})
    clock.advance(timedelta(hours=1))
    await sign_in(process, provider)

    assert (process.requests(DISCOVERY), process.requests("/keys")) == (before[0] + 2, before[1] + 2)


async def test_a_code_is_good_once(process: OpenIdProcess, provider: OpenIdProvider) -> None:
    answer = await answer_of(process, provider)
    await provider.identify(ATTEMPT, answer)

    with pytest.raises(ProviderRefusedError, match="used before, or has expired"):
        await provider.identify(ATTEMPT, answer)


async def test_a_code_that_has_expired_is_refused(process: OpenIdProcess, provider: OpenIdProvider) -> None:
    process.behave(codes_last=-1)

    with pytest.raises(ProviderRefusedError, match="used before, or has expired"):
        await sign_in(process, provider)


@pytest.mark.parametrize("code", ["guessed", "x" * 4000, "🙁", "a b&c=d"])
async def test_a_code_that_was_never_given_is_refused(
    process: OpenIdProcess, provider: OpenIdProvider, code: str
) -> None:
    with pytest.raises(ProviderRefusedError):
        await provider.identify(ATTEMPT, ProviderAnswer(code=code, issuer=process.issuer))


async def test_a_code_of_another_attempt_is_refused(process: OpenIdProcess, provider: OpenIdProvider) -> None:
    """The provider compares the verifier of this attempt with the challenge of that one (RFC 7636)."""
    answer = await answer_of(process, provider)

    with pytest.raises(ProviderRefusedError):
        await provider.identify(SignInAttempt(provider="company", secret="another browser's"), answer)


async def test_a_user_who_declines_is_not_signed_in(process: OpenIdProcess, provider: OpenIdProvider) -> None:
    process.behave(denies=True)

    with pytest.raises(ProviderRefusedError, match="access was denied"):
        await sign_in(process, provider)


@pytest.mark.parametrize("issuer", ["", "https://other.example"])
async def test_an_answer_of_another_provider_is_refused_and_its_code_sent_nowhere(
    process: OpenIdProcess, provider: OpenIdProvider, issuer: str
) -> None:
    """RFC 9207: a malicious provider could otherwise mix up its answers with those of another one."""
    answer, before = await answer_of(process, provider), process.requests("/token")

    with pytest.raises(ProviderRefusedError, match="another provider's"):
        await provider.identify(ATTEMPT, replace(answer, issuer=issuer))

    assert process.requests("/token") == before


@pytest.mark.parametrize("answer", [ProviderAnswer(), ProviderAnswer(error="<script>")])
async def test_an_answer_without_a_code_is_refused(
    process: OpenIdProcess, provider: OpenIdProvider, answer: ProviderAnswer
) -> None:
    """What it says is not repeated."""
    with pytest.raises(ProviderRefusedError, match="answered with an error") as refused:
        await provider.identify(ATTEMPT, replace(answer, issuer=process.issuer))

    assert "script" not in str(refused.value)


async def test_a_wrong_secret_is_the_operators_business(process: OpenIdProcess, clock: ManualClock) -> None:
    provider = provider_at(process, clock, client_secret="wrong")

    with pytest.raises(ServiceUnavailableError, match="does not accept the client's id and secret"):
        await sign_in(process, provider)


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
async def test_a_provider_that_answers_without_end_is_broken_off(
    process: OpenIdProcess, clock: ManualClock, path: str
) -> None:
    answer = await answer_of(process, provider_at(process, clock))
    process.behave(floods_at=path)

    with pytest.raises(ServiceUnavailableError, match=r"more than \d+ bytes"):
        await provider_at(process, clock).identify(ATTEMPT, answer)


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token", "/userinfo"])
async def test_a_provider_that_does_not_answer_is_given_up(
    process: OpenIdProcess, clock: ManualClock, path: str
) -> None:
    provider = provider_at(process, clock)
    answer = await answer_of(process, provider)
    process.behave(hangs_at=path, user_info={})
    impatient = provider if path == "/userinfo" else provider_at(process, clock)
    impatient._patience = 1.0

    with pytest.raises(ServiceUnavailableError, match="company is not available: it does not answer in time"):
        await impatient.identify(ATTEMPT, answer)


@pytest.mark.parametrize("path", [DISCOVERY, "/keys", "/token"])
@pytest.mark.parametrize("fault", ["breaks_at", "redirects_at"])
async def test_a_provider_that_answers_with_something_else_is_not_available(
    process: OpenIdProcess, clock: ManualClock, path: str, fault: str
) -> None:
    """A redirect is not followed: the code and the secret would go elsewhere."""
    answer = await answer_of(process, provider_at(process, clock))
    process.behave(**{fault: path})

    with pytest.raises(ServiceUnavailableError):
        await provider_at(process, clock).identify(ATTEMPT, answer)

    assert process.requests("/elsewhere") == 0


async def test_a_provider_that_is_down_is_not_available(process: OpenIdProcess, clock: ManualClock) -> None:
    down = provider_at(process, clock, issuer=f"http://127.0.0.1:{free_port()}")

    with pytest.raises(ServiceUnavailableError, match="The sign-in provider company is not available"):
        await down.authorization_url(ATTEMPT)


@pytest.mark.parametrize(
    ("metadata", "reason"),
    [
        ({"issuer": "https://other.example"}, "calls itself 'https://other.example'"),
        ({"issuer": None}, "calls itself None"),
        ({"token_endpoint": None}, "token_endpoint is missing"),
        ({"token_endpoint": "ftp://other.example"}, "token_endpoint is no address by https"),
        ({"authorization_endpoint": "javascript:alert(1)"}, "authorization_endpoint is no address by https"),
        ({"jwks_uri": "https://x/" + "x" * 2000}, "jwks_uri is missing or no address"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "no algorithm that is accepted"),
        ({"id_token_signing_alg_values_supported": 7}, "is no list"),
        ({"token_endpoint_auth_methods_supported": ["private_key_jwt"]}, "accepts no client secret"),
    ],
)
async def test_a_provider_that_can_not_be_used_says_why(
    process: OpenIdProcess, provider: OpenIdProvider, metadata: dict[str, Any], reason: str
) -> None:
    process.behave(metadata=metadata)

    with pytest.raises(ServiceUnavailableError, match=reason):
        await provider.check()
    with pytest.raises(ServiceUnavailableError, match=reason):
        await provider.authorization_url(ATTEMPT)


async def test_a_provider_that_can_be_used_is_found_so(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    await provider.check()
