"""Signs in the users of the pages where the accounts are in the same process."""

from typing_extensions import override

from tracklift_domain.user.end_session import EndSession
from tracklift_domain.user.log_in import LogIn
from tracklift_gateway.sign_in import SignIn


class SignInHere(SignIn):
    """Asks the use cases of auth."""

    def __init__(self, log_in: LogIn, end_session: EndSession) -> None:
        self._log_in = log_in
        self._end_session = end_session

    @override
    async def __call__(self, email: str, password: str) -> str:
        tokens = await self._log_in(email, password)
        # A page renews nothing.
        await self._end_session(tokens.refresh)
        return tokens.access.value
