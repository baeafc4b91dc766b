"""Counts of guesses that several processes share, and that each goes on with alone."""

import time
from collections.abc import Callable, Collection

from typing_extensions import override

from tracklift_adapters.http.limits.ask_shared import AskShared
from tracklift_domain.user.password.ports import GuessCounts


class SharedGuessCounts(GuessCounts):
    """Counts with all processes; with this one's own counts alone, where the shared ones are slow or down."""

    def __init__(
        self, shared: GuessCounts, local: GuessCounts, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Count in `shared`, or else in `local`; `now` gives seconds."""
        self._shared = shared
        self._local = local
        self._ask = AskShared(now=now)

    @override
    async def take(self, account: str) -> float:
        wait = await self._ask(lambda: self._shared.take(account))
        return await self._local.take(account) if wait is None else wait

    @override
    async def give_back(self, account: str) -> None:
        # Which of them has counted the guess is not kept: where it was the other one, little changes.
        await self._local.give_back(account)
        await self._ask(lambda: self._shared.give_back(account))

    @override
    async def remember(self, known: Collection[str]) -> None:
        await self._local.remember(known)
        await self._ask(lambda: self._shared.remember(known))

    @override
    async def knows(self, known: Collection[str]) -> bool:
        return await self._local.knows(known) or bool(await self._ask(lambda: self._shared.knows(known)))
