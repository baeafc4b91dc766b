"""Begins a sign-in with a provider on a device without a browser."""

from collections import deque
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from tracklift_domain.clock import Clock, is_within
from tracklift_domain.errors import TooBusyError
from tracklift_domain.identifiers import IdentifierSource
from tracklift_domain.user.sign_in_provider.device_authorization import (
    DeviceAuthorization,
    PendingDeviceSignIn,
)
from tracklift_domain.user.sign_in_provider.errors import ProviderNotFoundError
from tracklift_domain.user.sign_in_provider.policies import DeviceSignInPolicy
from tracklift_domain.user.sign_in_provider.ports import DeviceCodes, IdentityProvider
from tracklift_domain.user.sign_in_provider.sign_in_attempt import SignInAttempt


class BeginDeviceSignIn:
    """Gets a code for the user from a provider. The sign-in is not stored: the device code contains it.

    The number of pending sign-ins is limited all the same, since each burdens the provider.
    """

    def __init__(
        self,
        *,
        providers: Mapping[str, IdentityProvider],
        identifiers: IdentifierSource,
        codes: DeviceCodes,
        clock: Clock,
        policy: DeviceSignInPolicy,
    ) -> None:
        self._providers = providers
        self._identifiers = identifiers
        self._codes = codes
        self._clock = clock
        self._policy = policy
        self._begun: deque[datetime] = deque()

    async def __call__(self, provider: str) -> DeviceAuthorization:
        """Begin.

        Raises:
            ProviderNotFoundError: there is no such provider.
            NoDeviceSignInError: it does not offer this.
            TooBusyError: too many are pending.
            ServiceUnavailableError: the provider can't be reached.
        """
        if provider not in self._providers:
            raise ProviderNotFoundError(provider)
        self._take_room()
        attempt = SignInAttempt(provider=provider, secret=self._identifiers.secret())
        given = await self._providers[provider].authorize_device(attempt)
        lasts = min(given.expires_in, self._policy.lasts)
        pending = PendingDeviceSignIn(
            attempt=attempt,
            device_code=given.device_code,
            interval=given.interval,
            expires_at=self._clock.now() + lasts,
        )
        return replace(given, device_code=self._codes.seal(pending), expires_in=lasts)

    def _take_room(self) -> None:
        now = self._clock.now()
        while self._begun and not is_within(self._policy.lasts, self._begun[0], now):
            self._begun.popleft()
        if len(self._begun) >= self._policy.pending:
            raise TooBusyError("sign-ins on devices")
        self._begun.append(now)
