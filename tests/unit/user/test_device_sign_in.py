"""Signing in with a provider in a program: its user does so in a browser elsewhere."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import ADA, NOW, a_user
from tests.unit.user.reception import PROVIDER, Reception
from tracklift_domain.errors import ServiceUnavailableError, TooBusyError
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.sign_in_provider.complete_device_sign_in import CompleteDeviceSignIn
from tracklift_domain.user.sign_in_provider.device_authorization import DeviceAuthorization
from tracklift_domain.user.sign_in_provider.errors import (
    AddressNotVerifiedError,
    DeviceCodeExpiredError,
    DeviceSignInPendingError,
    NoDeviceSignInError,
    ProviderNotFoundError,
    SlowDownError,
)

LASTS = timedelta(minutes=15)


async def begin(reception: Reception) -> DeviceAuthorization:
    return await reception.begin_device_sign_in(PROVIDER)


async def test_a_user_who_signs_in_elsewhere_gets_the_same_account_as_in_a_browser(
    reception: Reception,
) -> None:
    await reception.users.add(a_user(email_verified_at=NOW))
    begun = await begin(reception)
    with pytest.raises(DeviceSignInPendingError):
        await reception.complete_device_sign_in(begun.device_code, "tracklift on Linux")

    reception.provider.has_signed_in_for_device = True
    reception.clock.advance(begun.interval)
    tokens = await reception.complete_device_sign_in(begun.device_code, "tracklift on Linux")

    caller = reception.identify(tokens.access.value)
    assert caller.user_id == ADA
    (session,) = await reception.list_sessions(caller)
    assert session.device == "tracklift on Linux"


async def test_the_program_gets_another_code_than_that_of_the_provider(reception: Reception) -> None:
    begun = await begin(reception)

    pending = reception.device_codes.unseal(begun.device_code)
    assert pending.device_code != begun.device_code
    assert (begun.user_code, begun.verification_uri) == ("ABCD-EFGH", "https://login.example.org/authorize")
    for shown in (repr(begun), repr(pending)):
        assert begun.device_code not in shown
        assert pending.device_code not in shown


@pytest.mark.parametrize(
    ("given", "lasts"), [(timedelta(minutes=5), timedelta(minutes=5)), (LASTS * 2, LASTS)]
)
async def test_a_code_lasts_as_long_as_the_provider_allows_and_no_longer_than_a_quarter_of_an_hour(
    reception: Reception, given: timedelta, lasts: timedelta
) -> None:
    reception.provider.device_code_lasts = given
    reception.provider.has_signed_in_for_device = True
    begun = await begin(reception)
    assert begun.expires_in == lasts

    reception.clock.advance(lasts)

    with pytest.raises(DeviceCodeExpiredError):
        await reception.complete_device_sign_in(begun.device_code)


async def test_a_code_signs_in_once(reception: Reception) -> None:
    reception.provider.has_signed_in_for_device = True
    begun = await begin(reception)
    await reception.complete_device_sign_in(begun.device_code)
    reception.clock.advance(begun.interval)

    with pytest.raises(DeviceCodeExpiredError):
        await reception.complete_device_sign_in(begun.device_code)


async def test_what_is_no_code_has_expired(reception: Reception) -> None:
    with pytest.raises(DeviceCodeExpiredError):
        await reception.complete_device_sign_in("device-code-7")


async def test_an_account_is_linked_by_verified_addresses_only(reception: Reception) -> None:
    reception.provider.account = replace(
        reception.provider.account, email=EmailAddress("ada@example.org"), email_verified=False
    )
    reception.provider.has_signed_in_for_device = True
    begun = await begin(reception)

    with pytest.raises(AddressNotVerifiedError):
        await reception.complete_device_sign_in(begun.device_code)


async def test_a_program_that_asks_too_often_is_to_slow_down(reception: Reception) -> None:
    """A second early counts as in time; what came too early does not count as asked."""
    begun = await begin(reception)

    async def ask(after: float) -> type[Exception]:
        reception.clock.advance(timedelta(seconds=after))
        with pytest.raises((DeviceSignInPendingError, SlowDownError)) as caught:
            await reception.complete_device_sign_in(begun.device_code)
        return caught.type

    answers = [await ask(after) for after in (0, 3.9, 0.1, 2, 2, 5)]
    assert answers == [
        DeviceSignInPendingError,
        SlowDownError,
        DeviceSignInPendingError,
        SlowDownError,
        DeviceSignInPendingError,
        DeviceSignInPendingError,
    ]


async def test_of_the_pace_of_codes_only_the_latest_are_remembered(reception: Reception) -> None:
    """Two of them in this test."""
    begun = [await begin(reception) for _ in range(3)]
    for each in begun:
        with pytest.raises(DeviceSignInPendingError):
            await reception.complete_device_sign_in(each.device_code)

    with pytest.raises(SlowDownError):
        await reception.complete_device_sign_in(begun[2].device_code)
    with pytest.raises(DeviceSignInPendingError):
        await reception.complete_device_sign_in(begun[0].device_code)


async def test_no_more_may_be_pending_than_the_policy_says(reception: Reception) -> None:
    for _ in range(reception.device_policy.pending):
        await begin(reception)
    reception.clock.advance(LASTS - timedelta(seconds=1))
    with pytest.raises(TooBusyError):
        await begin(reception)

    reception.clock.advance(timedelta(seconds=1))

    await begin(reception)


async def test_a_provider_that_offers_no_such_sign_in_is_told(reception: Reception) -> None:
    reception.provider.offers_device_sign_in = False

    with pytest.raises(NoDeviceSignInError):
        await begin(reception)


async def test_while_the_provider_is_down_nothing_begins_or_ends(reception: Reception) -> None:
    """What has begun goes on when it is back."""
    reception.provider.has_signed_in_for_device = True
    begun = await begin(reception)
    reception.provider.is_down = True
    with pytest.raises(ServiceUnavailableError):
        await begin(reception)
    with pytest.raises(ServiceUnavailableError):
        await reception.complete_device_sign_in(begun.device_code)

    reception.provider.is_down = False
    reception.clock.advance(begun.interval)

    await reception.complete_device_sign_in(begun.device_code)


async def test_a_provider_that_is_not_there_is_not_found(reception: Reception) -> None:
    """Nor one that was taken out of the settings since the sign-in began."""
    with pytest.raises(ProviderNotFoundError):
        await reception.begin_device_sign_in("other")
    begun = await begin(reception)
    without = CompleteDeviceSignIn(
        providers={},
        codes=reception.device_codes,
        pace=reception.pace,
        open_session=reception.open_session,
        clock=reception.clock,
    )

    with pytest.raises(ProviderNotFoundError):
        await without(begun.device_code)
