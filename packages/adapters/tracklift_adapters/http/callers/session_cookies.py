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
    """One cookie for the access token, and one for the refresh token, both for this host only (`HostCookies`).

    So, by https, no attacker can set a session in another user's browser.
    """

    def __init__(self, public_url: str) -> None:
        """Take the public URL of Tracklift."""
        parts = urlsplit(public_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._cookies = HostCookies(public_url)
        self.access = self._cookies.name("tracklift_access")
        self.refresh = self._cookies.name("tracklift_refresh")

    def of(self, tokens: TokenPair) -> list[Cookie]:
        """Make the cookies of a session, with the lifetimes of its tokens."""
        return [
            self._cookies.make(self.access, tokens.access.value, tokens.access.expires_in),
            self._cookies.make(self.refresh, tokens.refresh, tokens.refresh_expires_in),
        ]

    def none(self) -> list[Cookie]:
        """Make the headers that delete both cookies."""
        return [self._cookies.make(name, "", 0) for name in (self.access, self.refresh)]

    def access_token(self, request: _Request) -> str | None:
        """Give the access token of a request that has one in a cookie.

        Raises:
            Problem: 403, if the request may change something and does not provably come from Tracklift's own pages.
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
        """Raise `Problem` (403) if the browser says that a page of another site makes the request."""
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
        # By http, Tracklift may have several names in a local network; a page of another site can't forge Host.
        return not self._cookies.secure and origin == f"http://{request.headers.get('Host', '')}"


def cross_origin() -> Problem:
    """Make the problem of a request that a page of another site may have made on a user's behalf."""
    return Problem(
        *CROSS_ORIGIN,
        "This may come from a page of another site: send it from Tracklift's own pages, or with a token and no cookie.",
    )
