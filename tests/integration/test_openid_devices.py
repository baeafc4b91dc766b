"""Signing in for a program at a provider in a process of its own, over HTTP (RFC 8628)."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.integration.test_openid_provider import ADA, ATTEMPT, REDIRECT_URL, provider_at
from tests.servers.openid_process import OpenIdProcess
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.openid.provider import OpenIdProvider
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.sign_in_provider.errors import (
    DeviceCodeExpiredError,
    DeviceSignInPendingError,
    InvalidIdTokenError,
    NoDeviceSignInError,
    ProviderRefusedError,
    SlowDownError,
)
from tracklift_domain.user.sign_in_provider.external_identity import ProviderAccount

pytestmark = pytest.mark.network


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


@pytest.fixture
def provider(process: OpenIdProcess, clock: ManualClock) -> OpenIdProvider:
    return provider_at(process, clock)


async def sign_in(process: OpenIdProcess, provider: OpenIdProvider, **behaviour: Any) -> ProviderAccount:
    """Begin, and have the user sign in elsewhere."""
    begun = await provider.authorize_device(ATTEMPT)
    process.behave(signs_in_for_devices=True, **behaviour)
    return await provider.identify_on_device(ATTEMPT, begun.device_code)


async def test_a_user_who_enters_the_code_is_known(process: OpenIdProcess, provider: OpenIdProvider) -> None:
    begun = await provider.authorize_device(ATTEMPT)
    assert len(begun.user_code) == 9
    assert begun.verification_uri == f"{process.issuer}/enter-code"
    assert begun.verification_uri_complete == f"{process.issuer}/enter-code?user_code={begun.user_code}"
    assert (begun.expires_in, begun.interval) == (timedelta(minutes=30), timedelta(seconds=1))
    with pytest.raises(DeviceSignInPendingError):
        await provider.identify_on_device(ATTEMPT, begun.device_code)

    process.behave(signs_in_for_devices=True)

    account = await provider.identify_on_device(ATTEMPT, begun.device_code)
    assert account == ProviderAccount(issuer=process.issuer, subject="ada-1", email=ADA, email_verified=True)
    with pytest.raises(ProviderRefusedError, match="does not accept the code"):
        await provider.identify_on_device(ATTEMPT, begun.device_code)


async def test_a_public_client_signs_in_without_a_secret(process: OpenIdProcess, clock: ManualClock) -> None:
    process.behave(has_public_client=True)

    account = await sign_in(process, provider_at(process, clock, client_secret=None), has_public_client=True)

    assert account.subject == "ada-1"


async def test_a_secret_goes_into_the_form_where_the_provider_wants_it_there(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    process.behave(metadata={"token_endpoint_auth_methods_supported": ["client_secret_post"]})

    assert (await sign_in(process, provider)).subject == "ada-1"


async def test_an_address_that_is_not_in_the_id_token_is_asked_for(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    told = {"sub": "ada-1", "email": "ada@example.org", "email_verified": True}

    assert (await sign_in(process, provider, user_info=told)).verified_email == ADA


async def test_a_code_is_good_for_the_attempt_that_began_it(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    """Where the provider looks at the challenge."""
    begun = await provider.authorize_device(ATTEMPT)
    process.behave(signs_in_for_devices=True)

    with pytest.raises(ProviderRefusedError, match="does not accept the code"):
        await provider.identify_on_device(replace(ATTEMPT, secret="another"), begun.device_code)


async def test_a_provider_that_asks_for_more_time_gets_it(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    begun = await provider.authorize_device(ATTEMPT)
    process.behave(slows_devices_down=True)

    with pytest.raises(SlowDownError):
        await provider.identify_on_device(ATTEMPT, begun.device_code)


async def test_a_user_who_denies_is_not_signed_in(process: OpenIdProcess, provider: OpenIdProvider) -> None:
    begun = await provider.authorize_device(ATTEMPT)
    process.behave(denies=True)

    with pytest.raises(ProviderRefusedError, match="access was denied"):
        await provider.identify_on_device(ATTEMPT, begun.device_code)


async def test_a_code_that_has_expired_signs_nobody_in(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    process.behave(device_codes_last=-1)

    with pytest.raises(DeviceCodeExpiredError):
        await sign_in(process, provider)


async def test_a_provider_without_such_an_endpoint_offers_nothing(
    process: OpenIdProcess, clock: ManualClock
) -> None:
    process.behave(has_devices=False)

    with pytest.raises(NoDeviceSignInError, match="make an API key"):
        await provider_at(process, clock).authorize_device(ATTEMPT)


@pytest.mark.parametrize("error", ["unauthorized_client", "unsupported_grant_type"])
async def test_a_provider_that_does_not_offer_it_to_this_client_is_told(
    process: OpenIdProcess, provider: OpenIdProvider, error: str
) -> None:
    process.behave(refuses_devices=error)

    with pytest.raises(NoDeviceSignInError):
        await provider.authorize_device(ATTEMPT)


@pytest.mark.parametrize("error", ["invalid_client", "invalid_scope", "server_error"])
async def test_what_the_operator_has_to_set_right_is_no_answer_to_the_user(
    process: OpenIdProcess, provider: OpenIdProvider, error: str
) -> None:
    process.behave(refuses_devices=error)

    with pytest.raises(ServiceUnavailableError):
        await provider.authorize_device(ATTEMPT)


async def test_a_wrong_secret_is_the_operators_business(process: OpenIdProcess, clock: ManualClock) -> None:
    """When a sign-in begins, and when it ends."""
    wrong = provider_at(process, clock, client_secret="wrong")
    begun = await provider_at(process, clock).authorize_device(ATTEMPT)

    with pytest.raises(ServiceUnavailableError, match="does not accept the client's id and secret"):
        await wrong.authorize_device(ATTEMPT)
    with pytest.raises(ServiceUnavailableError, match="does not accept the client's id and secret"):
        await wrong.identify_on_device(ATTEMPT, begun.device_code)


@pytest.mark.parametrize(
    "answer",
    [
        {"device_code": None},
        {"device_code": "x" * 1025},
        {"user_code": ""},
        {"user_code": "\x1b[2J"},
        {"user_code": "é"},
        {"user_code": "x" * 65},
        {"verification_uri": "javascript:alert(1)"},
        {"verification_uri": None},
        {"verification_uri": "https://login.example.org/\x1b[2J"},
        {"verification_uri": "https://login.example.org/\u202egro"},
        {"verification_uri_complete": "file:///etc/passwd"},
        {"expires_in": None},
        {"expires_in": 0},
        {"expires_in": "300"},
        {"interval": -1},
        {"interval": True},
    ],
)
async def test_an_answer_that_makes_no_sense_is_shown_to_nobody(
    process: OpenIdProcess, provider: OpenIdProvider, answer: dict[str, object]
) -> None:
    process.behave(device_answer=answer)

    with pytest.raises(ServiceUnavailableError):
        await provider.authorize_device(ATTEMPT)


async def test_times_that_are_not_told_or_too_long_are_those_of_the_standard_or_bounds(
    process: OpenIdProcess, provider: OpenIdProvider
) -> None:
    process.behave(device_answer={"expires_in": 1e300, "interval": 3600, "verification_uri_complete": None})

    begun = await provider.authorize_device(ATTEMPT)

    assert (begun.expires_in, begun.interval) == (timedelta(days=1), timedelta(minutes=1))
    assert begun.verification_uri_complete is None


@pytest.mark.parametrize(
    "claims", [{"iss": "https://other.example"}, {"aud": "other"}, {"exp": 1}, {"sub": ""}]
)
async def test_an_id_token_that_is_not_valid_signs_nobody_in(
    process: OpenIdProcess, provider: OpenIdProvider, claims: dict[str, object]
) -> None:
    with pytest.raises(InvalidIdTokenError):
        await sign_in(process, provider, claims=claims)


@pytest.mark.parametrize("path", ["/device", "/token"])
@pytest.mark.parametrize("fault", ["breaks_at", "redirects_at", "floods_at"])
async def test_a_provider_that_answers_with_something_else_is_not_available(
    process: OpenIdProcess, provider: OpenIdProvider, path: str, fault: str
) -> None:
    begun = await provider.authorize_device(ATTEMPT)
    process.behave(**{fault: path})

    asked = (
        provider.authorize_device(ATTEMPT)
        if path == "/device"
        else provider.identify_on_device(ATTEMPT, begun.device_code)
    )
    with pytest.raises(ServiceUnavailableError):
        await asked


async def test_a_provider_that_is_down_is_not_available(clock: ManualClock) -> None:
    process = OpenIdProcess(REDIRECT_URL)
    provider = provider_at(process, clock)
    begun = await provider.authorize_device(ATTEMPT)
    process.stop()

    with pytest.raises(ServiceUnavailableError, match="The sign-in provider company is not available"):
        await provider.authorize_device(ATTEMPT)
    with pytest.raises(ServiceUnavailableError, match="The sign-in provider company is not available"):
        await provider.identify_on_device(ATTEMPT, begun.device_code)
