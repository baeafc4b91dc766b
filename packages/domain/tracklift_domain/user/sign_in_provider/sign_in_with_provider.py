"""Signs in a user whom a provider names."""

from collections.abc import Mapping

from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.sign_in_provider.errors import ProviderNotFoundError, SignInAttemptLostError
from tracklift_domain.user.sign_in_provider.open_provider_session import OpenProviderSession
from tracklift_domain.user.sign_in_provider.ports import IdentityProvider
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer, SignInAttempt


class SignInWithProvider:
    """Gives tokens for the answer of a provider that a browser brings."""

    def __init__(
        self, *, providers: Mapping[str, IdentityProvider], open_session: OpenProviderSession
    ) -> None:
        self._providers = providers
        self._open_session = open_session

    async def __call__(
        self, provider: str, secret: str, answer: ProviderAnswer, device: str | None = None
    ) -> TokenPair:
        """Sign in on a device with the answer that its browser brings, and the secret that it keeps.

        Raises:
            ProviderNotFoundError: there is no such provider.
            SignInAttemptLostError: the answer belongs to no attempt of this browser.
            ProviderRefusedError: the provider refuses, or its answer can't be trusted; the subclasses say which.
            AddressNotVerifiedError, AddressNotVerifiedHereError, RegistrationClosedError, InvitationRequiredError,
                EmailDomainNotAllowedError, AccountDisabledError: as `OpenProviderSession` says.
            ServiceUnavailableError: the provider can't be reached.
        """
        if provider not in self._providers:
            raise ProviderNotFoundError(provider)
        attempt = SignInAttempt(provider=provider, secret=secret)
        # Before anything else of the answer is looked at: it may be another's.
        if not attempt.matches(answer.state):
            raise SignInAttemptLostError
        account = await self._providers[provider].identify(attempt, answer)
        return await self._open_session(account, device)
