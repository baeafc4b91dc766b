"""Caches API keys, so that one look-up serves many requests."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from tracklift_domain.clock import Clock, is_within
from tracklift_domain.errors import ServiceUnavailableError, TooBusyError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.ended_access import EndedAccess
from tracklift_domain.user.api_key.errors import ApiKeyExpiredError, InvalidApiKeyError
from tracklift_domain.user.api_key.policies import RememberedKeyPolicy
from tracklift_domain.user.api_key.ports import ApiKeyVerifier


@dataclass(frozen=True, slots=True)
class _Known:
    """A key that was valid at a time, and the time of a later look-up that failed."""

    caller: Caller
    at: datetime
    failed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Refused:
    """A hash that belonged to no valid key at a time."""

    error: type[InvalidApiKeyError]
    at: datetime


class RememberApiKeys(ApiKeyVerifier):
    """Wraps another verifier and asks it again once its answer is stale.

    While it can't be asked, keys that were valid recently continue to work. Concurrent requests share a look-up.
    """

    def __init__(
        self,
        *,
        verifier: ApiKeyVerifier,
        clock: Clock,
        policy: RememberedKeyPolicy,
        ended_access: EndedAccess | None = None,
    ) -> None:
        """Take the record of ended access: it ends a cached key even while the key can't be looked up."""
        self._ended_access = ended_access
        self._verifier = verifier
        self._clock = clock
        self._policy = policy
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._refused: OrderedDict[str, _Refused] = OrderedDict()
        self._look_ups: dict[str, asyncio.Task[Caller]] = {}

    async def verify(self, key_hash: str) -> Caller:
        """Give the caller that the key names; for the errors see the port."""
        now = self._clock.now()
        known = self._known.get(key_hash)
        if known is not None and self._may_have_ended(known):
            del self._known[key_hash]
            known = None
        if known is not None:
            self._known.move_to_end(key_hash)
            caller = await self._verify_known(key_hash, known, now)
            if caller.expires_at is not None and caller.expires_at <= now:
                raise ApiKeyExpiredError
            return caller
        refused = self._refused.get(key_hash)
        if refused is not None and is_within(self._policy.fresh, refused.at, now):
            raise refused.error
        if key_hash not in self._look_ups and len(self._look_ups) >= self._policy.look_ups:
            raise TooBusyError("API keys")
        return await asyncio.shield(self._look_up(key_hash))

    def remembers(self, key_hash: str) -> bool:
        """Tell whether the cached answer, valid or not, is fresh enough to need no look-up."""
        refused = self._refused.get(key_hash)
        return key_hash in self._known or (
            refused is not None and is_within(self._policy.fresh, refused.at, self._clock.now())
        )

    def _may_have_ended(self, known: _Known) -> bool:
        """Tell whether the key, or all access of its user, has ended since the look-up."""
        ended = self._ended_access
        return ended is not None and (
            ended.has_ended(known.caller) or ended.has_ended_since(known.caller.user_id, known.at)
        )

    async def _verify_known(self, key_hash: str, known: _Known, now: datetime) -> Caller:
        if is_within(self._policy.fresh, known.at, now):
            return known.caller
        bridged = is_within(self._policy.outage, known.at, now)
        failed_at = known.failed_at
        if bridged and failed_at is not None and is_within(self._policy.fresh, failed_at, now):
            # A look-up has just failed: no request waits for the next one, which may also take long to fail. One
            # that failed earlier says nothing about a key that may have been revoked since.
            if not is_within(self._policy.retry, failed_at, now):
                self._look_up(key_hash)
            return known.caller
        try:
            return await asyncio.shield(self._look_up(key_hash))
        except ServiceUnavailableError:
            if not bridged:
                raise
            return known.caller

    def _look_up(self, key_hash: str) -> "asyncio.Task[Caller]":
        """Look a key up, or join the look-up under way, which continues when a caller is cancelled."""
        look_up = self._look_ups.get(key_hash)
        if look_up is None:
            look_up = asyncio.create_task(self._ask(key_hash))
            self._look_ups[key_hash] = look_up
            look_up.add_done_callback(lambda done: self._finish(key_hash, done))
        return look_up

    def _finish(self, key_hash: str, done: "asyncio.Task[Caller]") -> None:
        del self._look_ups[key_hash]
        if not done.cancelled():
            done.exception()  # Retrieved, so that asyncio does not report an exception that no request waits for.

    async def _ask(self, key_hash: str) -> Caller:
        # Taken before the question: the answer may be outdated right after it was found.
        now = self._clock.now()
        try:
            caller = await self._verifier.verify(key_hash)
        except InvalidApiKeyError as error:
            self._known.pop(key_hash, None)
            self._refused[key_hash] = _Refused(type(error), now)
            _shrink(self._refused, self._policy.unknown)
            raise
        except ServiceUnavailableError:
            if (known := self._known.get(key_hash)) is not None:
                self._known[key_hash] = replace(known, failed_at=now)
            raise
        self._refused.pop(key_hash, None)
        self._known[key_hash] = _Known(caller, now)
        _shrink(self._known, self._policy.known)
        return caller


def _shrink(entries: "OrderedDict[str, Any]", most: int) -> None:
    while len(entries) > most:
        entries.popitem(last=False)
