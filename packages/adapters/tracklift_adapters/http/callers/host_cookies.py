"""Cookies of this host alone."""

from urllib.parse import urlsplit

from litestar.datastructures import Cookie


class HostCookies:
    """Makes cookies that scripts can't read (`HttpOnly`), and that other sites' forms and scripts don't send.

    If users reach Tracklift by https, they are `Secure`, and the prefix `__Host-` prevents other hosts,
    including those of the same domain, from setting them.
    """

    def __init__(self, public_url: str) -> None:
        """Take the public URL of Tracklift."""
        self.secure = urlsplit(public_url).scheme == "https"
        """Whether users reach Tracklift by https."""

    def name(self, name: str) -> str:
        """Give the full name of a cookie."""
        return f"__Host-{name}" if self.secure else name

    def make(self, name: str, value: str, lasts: int) -> Cookie:
        """Make a cookie by its full name, with its lifetime in seconds; 0 deletes it."""
        return Cookie(
            key=name,
            value=value,
            max_age=lasts,
            path="/",
            httponly=True,
            secure=self.secure,
            samesite="lax",
        )
