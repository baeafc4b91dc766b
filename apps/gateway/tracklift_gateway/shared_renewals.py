"""Gives the pages of one browser the same new tokens when they renew a session concurrently."""

import asyncio
import hashlib
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

from typing_extensions import override

from tracklift_domain.clock import Clock, is_within
from tracklift_domain.user.session.session import TokenPair
from tracklift_gateway.browser_sessions import BrowserSessions

_KEPT = timedelta(seconds=30)
"""When a browser wakes up, all its pages renew within this time, some with the previous cookie."""
_MOST = 10_000


@dataclass(frozen=True, slots=True)
class _Renewal:
    tokens: "asyncio.Task[TokenPair]"
    begun_at: datetime


class SharedRenewals(BrowserSessions):
    """Renews a session once for each refresh token, and repeats the result for a short time.

    A refresh token is single-use: a second use counts as theft and ends the session. The pages of one browser
    share its cookies and would otherwise end each other's session. Other gateways don't know the results of
    this one, so pages should still take turns.
    """

    def __init__(self, sessions: BrowserSessions, clock: Clock, *, most: int = _MOST) -> None:
        """Remember the results for `most` tokens."""
        self._most = most
        self._sessions = sessions
        self._clock = clock
        self._renewals: OrderedDict[str, _Renewal] = OrderedDict()

    @override
    async def open(self, email: str, password: str, code: str | None, user_agent: str) -> TokenPair:
        return await self._sessions.open(email, password, code, user_agent)

    @override
    async def end(self, refresh_token: str) -> None:
        await self._sessions.end(refresh_token)

    @override
    async def renew(self, refresh_token: str) -> TokenPair:
        now = self._clock.now()
        self._forget(now)
        # By the hash, so that an old token, which may still be valid, is not kept here.
        key = hashlib.sha256(refresh_token.encode(errors="replace")).hexdigest()
        renewal = self._renewals.get(key)
        if renewal is None:
            renewal = _Renewal(asyncio.create_task(self._sessions.renew(refresh_token)), now)
            self._renewals[key] = renewal
            renewal.tokens.add_done_callback(lambda done: self._drop_failed(key, done))
        return await asyncio.shield(renewal.tokens)

    def _drop_failed(self, key: str, done: "asyncio.Task[TokenPair]") -> None:
        """Forget a failed renewal, so that the next request tries again: an outage passes."""
        if done.cancelled() or done.exception() is not None:
            self._renewals.pop(key, None)

    def _forget(self, now: datetime) -> None:
        while self._renewals:
            oldest = next(iter(self._renewals.values()))
            if len(self._renewals) < self._most and is_within(_KEPT, oldest.begun_at, now):
                return
            self._renewals.popitem(last=False)
