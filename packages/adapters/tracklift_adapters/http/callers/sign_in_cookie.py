"""The cookie that ties a sign-in with a provider to the browser that began it."""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any

from litestar import Request
from litestar.datastructures import Cookie

from tracklift_adapters.http.callers.host_cookies import HostCookies

_LASTS = 600
"""Seconds that a user has at the provider, to enter a password and a second factor."""
_LONGEST_PATH = 1000
"""Characters."""
_PATH = re.compile(r"/(?![/\\])[!-\[\]-~]*", re.ASCII)
"""An absolute path: nothing that a browser could take for another host, no spaces, no control characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptSignIn:
    """What the browser stores while its user is at the provider."""

    secret: str = field(default="", repr=False)
    return_to: str | None = None
    """The path on this host at which the user continues; `None` for the first page."""


class SignInCookie:
    """Holds a secret, and where the user continues.

    Other sites' pages can't read it, nor, by https, set it. The browser sends it when it returns from the
    provider, since that is a top-level navigation (`SameSite=Lax`).
    """

    def __init__(self, public_url: str) -> None:
        """Take the public URL of Tracklift."""
        self._public_url = public_url.rstrip("/")
        self._cookies = HostCookies(public_url)
        self.name = self._cookies.name("tracklift_sign_in")

    def of(self, kept: KeptSignIn) -> Cookie:
        """Make the cookie."""
        path = urlsafe_b64encode((kept.return_to or "").encode()).decode().rstrip("=")
        return self._cookies.make(self.name, f"{kept.secret}.{path}", _LASTS)

    def none(self) -> Cookie:
        """Make the header that deletes the cookie."""
        return self._cookies.make(self.name, "", 0)

    def read(self, request: Request[Any, Any, Any]) -> KeptSignIn:
        """Give what the browser stored; `None` without a cookie."""
        secret, _, path = request.cookies.get(self.name, "").partition(".")
        try:
            return_to = urlsafe_b64decode(path + "=" * (-len(path) % 4)).decode()
        except ValueError:
            return_to = ""
        # Checked again: by http, another host may have set the cookie.
        return KeptSignIn(secret=secret, return_to=local_path(return_to))

    def address(self, path: str) -> str:
        """Give the address of a path on this host."""
        return self._public_url + path


def local_path(text: str) -> str | None:
    """Give a path on this host, with a query if it has one; `None` for anything else."""
    return text if len(text) <= _LONGEST_PATH and _PATH.fullmatch(text) else None
