"""Signs in the users of browsers with a provider, if the accounts are in the same process."""

from typing_extensions import override

from tracklift_domain.user.session.device_name import device_name
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.sign_in_provider.begin_provider_sign_in import BeginProviderSignIn, BegunSignIn
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer
from tracklift_domain.user.sign_in_provider.sign_in_with_provider import SignInWithProvider
from tracklift_gateway.provider_sign_in import ProviderSignIn


class ProviderSignInHere(ProviderSignIn):
    """Calls the use cases of auth."""

    def __init__(self, begin: BeginProviderSignIn, sign_in: SignInWithProvider) -> None:
        self._begin = begin
        self._sign_in = sign_in

    @override
    async def begin(self, provider: str) -> BegunSignIn:
        return await self._begin(provider)

    @override
    async def complete(
        self, provider: str, secret: str, answer: ProviderAnswer, user_agent: str
    ) -> TokenPair:
        return await self._sign_in(provider, secret, answer, device_name(user_agent))
