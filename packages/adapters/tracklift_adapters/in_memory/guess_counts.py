import time
from collections import OrderedDict
from collections.abc import Callable, Collection
from dataclasses import dataclass

from typing_extensions import override

from tracklift_domain.user.password.policies import GuessPolicy
from tracklift_domain.user.password.ports import GuessCounts


@dataclass(slots=True)
class _Guesses:
    count: int
    next_at: float
    last_at: float


class InMemoryGuessCounts(GuessCounts):
    """Counts in the memory of this process, which is bounded: what was used longest ago is forgotten first."""

    def __init__(
        self,
        policy: GuessPolicy,
        *,
        now: Callable[[], float] = time.monotonic,
        most: int = 100_000,
    ) -> None:
        """Count; `now` gives seconds. It remembers `most` accounts, and as many known clients."""
        self._policy = policy
        self._now = now
        self._most = most
        self._guesses: OrderedDict[str, _Guesses] = OrderedDict()
        self._known_until: OrderedDict[str, float] = OrderedDict()

    @override
    async def take(self, account: str) -> float:
        now = self._now()
        guesses = self._guesses.pop(account, None)
        if guesses is None or guesses.last_at + self._policy.forgotten.total_seconds() <= now:
            guesses = _Guesses(0, now, now)
        self._guesses[account] = guesses
        if guesses.next_at > now:
            return guesses.next_at - now
        guesses.count += 1
        guesses.last_at = now
        guesses.next_at = now + self._policy.wait_after(guesses.count).total_seconds()
        if len(self._guesses) > self._most:
            self._guesses.popitem(last=False)
        return 0.0

    @override
    async def give_back(self, account: str) -> None:
        guesses = self._guesses.get(account)
        if guesses is not None:
            guesses.count = max(guesses.count - 1, 0)
            guesses.next_at = guesses.last_at

    @override
    async def remember(self, known: Collection[str]) -> None:
        for name in known:
            self._known_until.pop(name, None)
            self._known_until[name] = self._now() + self._policy.known_for.total_seconds()
            if len(self._known_until) > self._most:
                self._known_until.popitem(last=False)

    @override
    async def knows(self, known: Collection[str]) -> bool:
        now = self._now()
        return any(self._known_until.get(name, now) > now for name in known)
