"""The cookies in which a browser keeps a session, and the requests that may use them."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import Cookie

from tracklift_adapters.http.callers.host_cookies import HostCookies
from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.user.session.session import TokenPair

_Request = Request[Any, Any, Any]
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""
CROSS_ORIGIN = (403, "cross_origin_request")


class SessionCookies:
    """One cookie for the access token, and one for the refresh token, both of this host alone (`HostCookies`).

    So, by https, no attacker can put a session into another's browser.
    """

    def __init__(self, public_url: str) -> None:
        """Take the address at which users reach Tracklift."""
        parts = urlsplit(public_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._cookies = HostCookies(public_url)
        self.access = self._cookies.name("tracklift_access")
        self.refresh = self._cookies.name("tracklift_refresh")

    def of(self, tokens: TokenPair) -> list[Cookie]:
        """Make the cookies of a session; they last as long as its tokens."""
        return [
            self._cookies.make(self.access, tokens.access.value, tokens.access.expires_in),
            self._cookies.make(self.refresh, tokens.refresh, tokens.refresh_expires_in),
        ]

    def none(self) -> list[Cookie]:
        """Make what deletes both cookies."""
        return [self._cookies.make(name, "", 0) for name in (self.access, self.refresh)]

    def access_token(self, request: _Request) -> str | None:
        """Give the access token of a request that has one in a cookie.

        Raises:
            Problem: 403, when the request would change something and is not known to come from Tracklift's own pages.
        """
        token = request.cookies.get(self.access)
        if token and request.method not in _SAFE and not self._is_same_origin(request):
            raise cross_origin()
        return token or None

    def refresh_token(self, request: _Request) -> str | None:
        """Give the refresh token of a request that has one. Raises `Problem` as `access_token` does, for any method."""
        token = request.cookies.get(self.refresh)
        if token and not self._is_same_origin(request):
            raise cross_origin()
        return token or None

    def refuse_other_sites(self, request: _Request) -> None:
        """Raise `Problem` (403) where a browser says that another site's page makes the request."""
        named = "Sec-Fetch-Site" in request.headers or "Origin" in request.headers
        if named and not self._is_same_origin(request):
            raise cross_origin()

    def _is_same_origin(self, request: _Request) -> bool:
        # Browsers send the first to https and to the machine itself, the second with every POST, PUT, PATCH and DELETE.
        site = request.headers.get("Sec-Fetch-Site")
        if site is not None:
            return site == "same-origin"
        origin = request.headers.get("Origin", "")
        if origin == self._origin:
            return True
        # By http, Tracklift may have several names in a house; a page of another site can't forge Host.
        return not self._cookies.secure and origin == f"http://{request.headers.get('Host', '')}"


def cross_origin() -> Problem:
    """Make the problem of a request that another site's page may have made in a user's name."""
    return Problem(
        *CROSS_ORIGIN,
        "This may come from a page of another site: send it from Tracklift's own pages, or with a token and no cookie.",
    )
