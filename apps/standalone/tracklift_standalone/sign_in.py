"""Signs in the users of browsers, if the accounts are in the same process."""

from typing_extensions import override

from tracklift_domain.user.session.device_name import device_name
from tracklift_domain.user.session.end_session import EndSession
from tracklift_domain.user.session.log_in import LogIn
from tracklift_domain.user.session.refresh_session import RefreshSession
from tracklift_domain.user.session.session import TokenPair
from tracklift_gateway.browser_sessions import BrowserSessions


class SessionsHere(BrowserSessions):
    """Calls the use cases of auth."""

    def __init__(self, log_in: LogIn, refresh_session: RefreshSession, end_session: EndSession) -> None:
        self._log_in = log_in
        self._refresh_session = refresh_session
        self._end_session = end_session

    @override
    async def open(self, email: str, password: str, code: str | None, user_agent: str) -> TokenPair:
        return await self._log_in(email, password, device_name(user_agent), code)

    @override
    async def renew(self, refresh_token: str) -> TokenPair:
        return await self._refresh_session(refresh_token)

    @override
    async def end(self, refresh_token: str) -> None:
        await self._end_session(refresh_token)
