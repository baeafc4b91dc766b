"""Completes a sign-in that began on a device without a browser."""

from collections.abc import Mapping

from tracklift_domain.clock import Clock
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.sign_in_provider.errors import DeviceCodeExpiredError, ProviderNotFoundError
from tracklift_domain.user.sign_in_provider.open_provider_session import OpenProviderSession
from tracklift_domain.user.sign_in_provider.poll_pace import PollPace
from tracklift_domain.user.sign_in_provider.ports import DeviceCodes, IdentityProvider


class CompleteDeviceSignIn:
    """Gives tokens once the user has signed in at the provider; until then the device polls.

    The account is found, linked or made as for a sign-in in a browser.
    """

    def __init__(
        self,
        *,
        providers: Mapping[str, IdentityProvider],
        codes: DeviceCodes,
        pace: PollPace,
        open_session: OpenProviderSession,
        clock: Clock,
    ) -> None:
        self._providers = providers
        self._codes = codes
        self._pace = pace
        self._open_session = open_session
        self._clock = clock

    async def __call__(self, device_code: str, device: str | None = None) -> TokenPair:
        """Sign in on a device with its code.

        Raises:
            DeviceSignInPendingError: the user has not signed in yet.
            SlowDownError: the device polls too often.
            DeviceCodeExpiredError: the user took too long, or the code was not issued here.
            ProviderNotFoundError: the provider is no longer configured.
            ProviderRefusedError: the provider refuses, or its answer can't be trusted; the subclasses say which.
            AddressNotVerifiedError, AddressNotVerifiedHereError, RegistrationClosedError, InvitationRequiredError,
                EmailDomainNotAllowedError, AccountDisabledError: as `OpenProviderSession` says.
            ServiceUnavailableError: the provider can't be reached.
        """
        pending = self._codes.unseal(device_code)
        if self._clock.now() >= pending.expires_at:
            raise DeviceCodeExpiredError
        self._pace.take(pending.device_code, pending.interval)
        provider = self._providers.get(pending.attempt.provider)
        if provider is None:
            raise ProviderNotFoundError(pending.attempt.provider)
        account = await provider.identify_on_device(pending.attempt, pending.device_code)
        return await self._open_session(account, device)
