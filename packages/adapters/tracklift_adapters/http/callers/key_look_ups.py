"""How many API keys one client may have looked up."""

import time
from collections.abc import Callable

from tracklift_adapters.http.limits.rate_limits import RateLimit, RateLimiter, client_of, too_soon
from tracklift_domain.user.api_key.api_key import hash_api_key

_LIMIT = RateLimit(60)
"""A minute: the scripts of an office whose gateway has just started stay below."""


class KeyLookUps:
    """Keeps a client that sends one made-up key after the other from having each looked up.

    Keys that are remembered cost nothing, so others behind the same address, and their scripts, go on.
    """

    def __init__(
        self,
        remembers: Callable[[str], bool],
        *,
        limit: RateLimit = _LIMIT,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take what tells by the hash of a key whether it is remembered."""
        self._remembers = remembers
        self._limiter = RateLimiter(limit, now=now)

    def take(self, host: str, key: str) -> None:
        """Count a key that comes from an address.

        Raises:
            InvalidApiKeyError: it is no key by its form, which needs no look-up.
            Problem: too many came from there that are not remembered (429).
        """
        if self._remembers(hash_api_key(key)):
            return
        wait = self._limiter.take(client_of(host))
        if wait:
            raise too_soon(
                "too_many_requests", "Too many API keys that are not known came from your address", wait
            )
