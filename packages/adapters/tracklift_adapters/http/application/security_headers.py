"""Headers that keep browsers from doing more with an answer than they should."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

_DEFAULTS = {
    # What is not declared a script or a page is not run as one.
    "X-Content-Type-Options": "nosniff",
    # Addresses hold the ids of conversions.
    "Referrer-Policy": "no-referrer",
    # For data, which loads nothing and belongs in no frame. Pages bring a policy of their own.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


async def add_security_headers(message: Message, _scope: Scope) -> None:
    """Add the headers that the answer does not have; a hook for `before_send`, so that they are on errors as well."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders(message)
        for name, value in _DEFAULTS.items():
            headers.setdefault(name, value)
