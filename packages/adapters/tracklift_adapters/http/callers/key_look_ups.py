"""How many API keys one client may have looked up."""

import time
from collections.abc import Callable

from tracklift_adapters.http.limits.rate_limits import RateLimit, RateLimiter, client_of, too_soon
from tracklift_domain.user.api_key.api_key import hash_api_key

_LIMIT = RateLimit(60)
"""Per minute: more than the scripts of an office need after a restart of the gateway."""


class KeyLookUps:
    """Limits the look-ups of a client that sends many made-up keys.

    Cached keys are not counted, so other scripts behind the same address continue to work.
    """

    def __init__(
        self,
        remembers: Callable[[str], bool],
        *,
        limit: RateLimit = _LIMIT,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Take a function that tells by the hash of a key whether it is cached."""
        self._remembers = remembers
        self._limiter = RateLimiter(limit, now=now)

    def take(self, host: str, key: str) -> None:
        """Count a key from an address.

        Raises:
            InvalidApiKeyError: it does not have the form of a key, which needs no look-up.
            Problem: too many uncached keys came from the address (429).
        """
        if self._remembers(hash_api_key(key)):
            return
        wait = self._limiter.take(client_of(host))
        if wait:
            raise too_soon(
                "too_many_requests", "Too many API keys that are not known came from your address", wait
            )
