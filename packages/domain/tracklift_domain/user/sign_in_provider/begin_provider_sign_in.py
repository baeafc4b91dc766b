"""Sends a browser to a sign-in provider."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tracklift_domain.identifiers import IdentifierSource
from tracklift_domain.user.sign_in_provider.errors import ProviderNotFoundError
from tracklift_domain.user.sign_in_provider.ports import IdentityProvider
from tracklift_domain.user.sign_in_provider.sign_in_attempt import SignInAttempt


@dataclass(frozen=True, slots=True, kw_only=True)
class BegunSignIn:
    """The address for the browser, and what it must keep and return with the provider's answer."""

    url: str
    secret: str = field(repr=False)


class BeginProviderSignIn:
    """Begins an attempt, which is not stored: the browser keeps its secret in a cookie."""

    def __init__(self, *, providers: Mapping[str, IdentityProvider], identifiers: IdentifierSource) -> None:
        self._providers = providers
        self._identifiers = identifiers

    async def __call__(self, provider: str) -> BegunSignIn:
        """Begin.

        Raises:
            ProviderNotFoundError: there is no such provider.
            ServiceUnavailableError: the provider can't be reached.
        """
        if provider not in self._providers:
            raise ProviderNotFoundError(provider)
        attempt = SignInAttempt(provider=provider, secret=self._identifiers.secret())
        url = await self._providers[provider].authorization_url(attempt)
        return BegunSignIn(url=url, secret=attempt.secret)
