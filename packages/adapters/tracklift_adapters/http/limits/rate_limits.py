"""Rate limits per client, for what is costly or worth guessing."""

import ipaddress
import math
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from tracklift_adapters.http.problems.problems import Problem

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A burst of so many requests, replenished evenly over the time."""

    requests: int
    per: timedelta = _MINUTE


DEFAULT_RATE_LIMITS: Mapping[str, RateLimit] = {
    # Each guess at a password costs the server a slow hash; a household or a small office that logs in at the same
    # time stays below.
    "token": RateLimit(20),
    # Each page of each browser in a small office renews its session four times an hour, some after a break all at once.
    "refresh": RateLimit(60),
    # A sign-in with a provider takes two requests and no hash; the people of an office come at the same time.
    "provider_sign_in": RateLimit(60),
    # Each waits at the provider for a quarter of an hour: so many of one client at once, and twice that at the most.
    "device_sign_in": RateLimit(10, timedelta(minutes=15)),
    # A device asks every five seconds; some people of an office sign in at the same time.
    "device_poll": RateLimit(120),
    # No user needs ten accounts a minute; each costs a slow hash and a row that stays.
    "sign_up": RateLimit(10),
    # No user needs ten mails a minute; what one address is mailed is bounded besides.
    "mail": RateLimit(10),
    # A good token costs a slow hash, as a log-in does; the others can't be guessed.
    "mailed_token": RateLimit(20),
}
"""By the name that a route has in `opt["rate_limit"]`."""


class RateLimiter:
    """Counts requests per client, in bounded memory (generic cell rate algorithm: one number per client).

    A client is forgotten once all its requests are allowed again.
    """

    def __init__(
        self, limit: RateLimit, *, now: Callable[[], float] = time.monotonic, most_clients: int = 100_000
    ) -> None:
        """Make a limiter with a clock in seconds. Above `most_clients`, the least recent clients are forgotten."""
        self._per = limit.per.total_seconds()
        self._interval = self._per / limit.requests
        self._now = now
        self._most_clients = most_clients
        self._free_at: OrderedDict[str, float] = OrderedDict()

    def __len__(self) -> int:
        """How many clients are remembered."""
        return len(self._free_at)

    def take(self, client: str) -> float:
        """Count a request, and give 0; or give the seconds that the client must wait, and do not count it."""
        now = self._now()
        self._forget_the_free(now)
        free_at = max(self._free_at.get(client, now), now) + self._interval
        # A rounding error must not refuse the last request that is allowed.
        wait = free_at - now - self._per
        if wait > self._interval * 1e-6:
            return wait
        self._free_at[client] = free_at
        self._free_at.move_to_end(client)
        if len(self._free_at) > self._most_clients:
            self._free_at.popitem(last=False)
        return 0.0

    def busy(self, client: str) -> float:
        """Give the seconds until all requests of the client are allowed again."""
        now = self._now()
        return max(self._free_at.get(client, now) - now, 0.0)

    def charge(self, client: str, requests: int) -> None:
        """Count further requests unconditionally; the client then waits at most twice the time of the limit."""
        now = self._now()
        free_at = max(self._free_at.get(client, now), now) + self._interval * requests
        self._free_at[client] = min(free_at, now + 2 * self._per)

    def _forget_the_free(self, now: float) -> None:
        while self._free_at and next(iter(self._free_at.values())) <= now:
            self._free_at.popitem(last=False)


def too_often(code: str, detail: str, wait: float) -> Problem:
    """Make the response (429) to a client that must wait so many seconds."""
    return Problem(429, code, detail, headers={"Retry-After": str(math.ceil(wait))})


def too_soon(code: str, what: str, wait: float) -> Problem:
    """Make the same response, which says `what` was too frequent and how long the client must wait."""
    return too_often(code, f"{what}: try again in {_in_words(wait)}.", wait)


def _in_words(seconds: float) -> str:
    # Rounded up, in minutes if it is long.
    whole = math.ceil(seconds)
    if whole == 1:
        return "1 second"
    return f"{whole} seconds" if whole < 120 else f"{math.ceil(whole / 60)} minutes"


def client_of(host: str) -> str:
    """Name the client of an address. An IPv6 client has a network of 2⁶⁴ addresses (RFC 6177), which counts as one."""
    try:
        address = ipaddress.IPv6Address(host.partition("%")[0])
    except ValueError:
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.IPv6Network((address.packed[:8] + bytes(8), 64)))
