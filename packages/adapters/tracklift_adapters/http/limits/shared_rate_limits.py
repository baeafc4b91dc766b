"""The rate limits of an application, which several processes may share."""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope
from typing_extensions import override

from tracklift_adapters.http.limits.ask_shared import AskShared
from tracklift_adapters.http.limits.growing_delay import GrowingDelay
from tracklift_adapters.http.limits.rate_limits import RateLimit, RateLimiter, client_of, too_soon
from tracklift_adapters.http.limits.request_limits import RequestLimits
from tracklift_adapters.http.problems.wrong_guesses import WRONG_GUESS
from tracklift_domain.rate_counts import RateCount, RateCounts

_GUESSED_AT = "token"
"""The limit of the routes that check passwords."""
_STATE = "rate_limit"


@dataclass(frozen=True, slots=True)
class _Taken:
    name: str
    client: str
    limit: RateLimit
    busy: float


class RateLimits(RequestLimits):
    """Answers 429 to clients above the limit that a route names, and sends the remaining number in headers.

    Clients are distinguished by address, so a server behind a proxy must trust that proxy's X-Forwarded-For
    (uvicorn's `forwarded_allow_ips`). A route whose limit is not among `limits` has none.

    Each process counts by itself, and also queries the shared count. While that is slow or down, its own count
    decides. The wait of a client that guesses passwords grows, without affecting other clients.
    """

    def __init__(
        self,
        limits: Mapping[str, RateLimit],
        shared: RateCounts | None = None,
        *,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._limits = limits
        self._limiters = {name: RateLimiter(limit, now=now) for name, limit in limits.items()}
        self._guesses = GrowingDelay(now=now)
        self._shared = shared
        self._ask = AskShared(now=now)

    @override
    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        name = handler.opt.get("rate_limit", "")
        if name not in self._limits:
            return
        client = client_of(connection.client.host if connection.client else "")
        delay = self._guesses.wait(client) if name == _GUESSED_AT else 0.0
        count = (
            await self._take(name, client)
            if not delay
            else RateCount(delay, self._limiters[name].busy(client))
        )
        connection.scope["state"][_STATE] = _Taken(name, client, self._limits[name], count.busy)
        if count.wait:
            raise too_soon("too_many_requests", "That was too often in too short a time", count.wait)

    @override
    async def note_answer(self, message: Message, scope: Scope) -> None:
        # Adds the headers of the limit, and counts a failed log-in.
        taken = scope["state"].get(_STATE)
        if message["type"] != "http.response.start" or not isinstance(taken, _Taken):
            return
        interval = taken.limit.per.total_seconds() / taken.limit.requests
        left = max(taken.limit.requests - math.ceil(taken.busy / interval - 1e-6), 0)
        headers = MutableScopeHeaders(message)
        # By draft-ietf-httpapi-ratelimit-headers-10.
        headers["RateLimit-Policy"] = (
            f'"{taken.name}";q={taken.limit.requests};w={taken.limit.per.total_seconds():.0f}'
        )
        headers["RateLimit"] = f'"{taken.name}";r={left};t={math.ceil(taken.busy)}'
        if taken.name == _GUESSED_AT and WRONG_GUESS in headers:
            self._guesses.note_failure(taken.client)

    async def _take(self, name: str, client: str) -> RateCount:
        limiter, limit = self._limiters[name], self._limits[name]
        here = RateCount(limiter.take(client), limiter.busy(client))
        shared = self._shared
        if here.wait or shared is None:
            return here
        everywhere = await self._ask(
            lambda: shared.take(f"{name}:{client}", requests=limit.requests, per=limit.per)
        )
        if everywhere is None:
            return here
        return everywhere if everywhere.wait or everywhere.busy > here.busy else here
