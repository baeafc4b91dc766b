from datetime import timedelta
from urllib.parse import urlencode

from typing_extensions import override

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.sign_in_provider.device_authorization import DeviceAuthorization
from tracklift_domain.user.sign_in_provider.errors import (
    DeviceCodeExpiredError,
    DeviceSignInPendingError,
    NoDeviceSignInError,
    ProviderRefusedError,
)
from tracklift_domain.user.sign_in_provider.external_identity import ProviderAccount
from tracklift_domain.user.sign_in_provider.ports import IdentityProvider
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer, SignInAttempt


class InMemoryIdentityProvider(IdentityProvider):
    """A provider whose only user has signed in already: it answers each attempt with a single-use code."""

    def __init__(self, account: ProviderAccount, url: str = "https://login.example.org/authorize") -> None:
        self.account = account
        self.is_down = False
        self.offers_device_sign_in = True
        self.has_signed_in_for_device = False
        self.device_code_lasts = timedelta(minutes=10)
        self._url = url
        self._verifiers: dict[str, str] = {}

    def answer(self, attempt: SignInAttempt) -> ProviderAnswer:
        """Give what the browser of an attempt brings back."""
        code = f"code-{len(self._verifiers) + 1}"
        self._verifiers[code] = attempt.code_verifier
        return ProviderAnswer(state=attempt.state, code=code, issuer=self.account.issuer)

    @override
    async def authorization_url(self, attempt: SignInAttempt) -> str:
        await self.check()
        return f"{self._url}?{urlencode({'state': attempt.state, 'nonce': attempt.nonce})}"

    @override
    async def identify(self, attempt: SignInAttempt, answer: ProviderAnswer) -> ProviderAccount:
        await self.check()
        if answer.error:
            raise ProviderRefusedError("access was denied.")
        if self._verifiers.get(answer.code) != attempt.code_verifier:
            raise ProviderRefusedError("the code is not valid.")
        self._verifiers[answer.code] = "used"
        return self.account

    @override
    async def authorize_device(self, attempt: SignInAttempt) -> DeviceAuthorization:
        await self.check()
        if not self.offers_device_sign_in:
            raise NoDeviceSignInError
        code = f"device-{len(self._verifiers) + 1}"
        self._verifiers[code] = attempt.code_verifier
        return DeviceAuthorization(
            device_code=code,
            user_code="ABCD-EFGH",
            verification_uri=self._url,
            expires_in=self.device_code_lasts,
            interval=timedelta(seconds=5),
        )

    @override
    async def identify_on_device(self, attempt: SignInAttempt, device_code: str) -> ProviderAccount:
        await self.check()
        if self._verifiers.get(device_code) != attempt.code_verifier:
            raise DeviceCodeExpiredError
        if not self.has_signed_in_for_device:
            raise DeviceSignInPendingError
        self._verifiers[device_code] = "used"
        return self.account

    @override
    async def check(self) -> None:
        if self.is_down:
            raise ServiceUnavailableError("The sign-in provider", "it is switched off")
