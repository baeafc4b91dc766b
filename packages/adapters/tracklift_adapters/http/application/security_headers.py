"""Security headers of every response."""

from litestar.datastructures import MutableScopeHeaders
from litestar.types import Message, Scope

_DEFAULTS = {
    # Nothing runs as a script or a page that is not declared as one.
    "X-Content-Type-Options": "nosniff",
    # Addresses contain ids of conversions.
    "Referrer-Policy": "no-referrer",
    # For data, which loads nothing and belongs in no frame. Pages have their own policy.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
}


async def add_security_headers(message: Message, _scope: Scope) -> None:
    """Add the headers that a response lacks; a `before_send` hook, so that errors have them too."""
    if message["type"] == "http.response.start":
        headers = MutableScopeHeaders(message)
        for name, value in _DEFAULTS.items():
            headers.setdefault(name, value)
