"""The cookies in which a browser keeps a session, and the requests that may use them."""

from typing import Any
from urllib.parse import urlsplit

from litestar import Request
from litestar.datastructures import Cookie

from tracklift_adapters.http.problems import Problem

_Request = Request[Any, Any, Any]
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing (RFC 9110, section 9.2.1)."""
CROSS_ORIGIN = (403, "cross_origin_request")


class SessionCookies:
    """One cookie for the access token, and one for the refresh token.

    Scripts can't read them (`HttpOnly`), and other sites' forms and scripts don't send them (`SameSite=Lax`). Where
    users reach Tracklift by https, the prefix `__Host-` keeps every other host, neighbours of the same domain among
    them, from setting them, so no attacker can put a session into another's browser.
    """

    def __init__(self, public_url: str) -> None:
        """Take the address at which users reach Tracklift."""
        parts = urlsplit(public_url)
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._secure = parts.scheme == "https"
        prefix = "__Host-" if self._secure else ""
        self.access = f"{prefix}tracklift_access"
        self.refresh = f"{prefix}tracklift_refresh"

    def of(
        self, access_token: str, expires_in: int, refresh_token: str, refresh_expires_in: int
    ) -> list[Cookie]:
        """Make the cookies of a session; they last for so many seconds."""
        return [
            self._cookie(self.access, access_token, expires_in),
            self._cookie(self.refresh, refresh_token, refresh_expires_in),
        ]

    def none(self) -> list[Cookie]:
        """Make what deletes both cookies."""
        return [self._cookie(self.access, "", 0), self._cookie(self.refresh, "", 0)]

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
        return not self._secure and origin == f"http://{request.headers.get('Host', '')}"

    def _cookie(self, name: str, value: str, lasts: int) -> Cookie:
        return Cookie(
            key=name,
            value=value,
            max_age=lasts,
            path="/",
            httponly=True,
            secure=self._secure,
            samesite="lax",
        )


def cross_origin() -> Problem:
    """Make the problem of a request that another site's page may have made in a user's name."""
    return Problem(
        *CROSS_ORIGIN,
        "This may come from a page of another site: send it from Tracklift's own pages, or with a token and no cookie.",
    )
