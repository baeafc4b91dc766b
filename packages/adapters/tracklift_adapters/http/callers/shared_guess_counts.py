"""Counts of guesses that processes share, with a fallback in each process."""

import time
from collections.abc import Callable, Collection

from typing_extensions import override

from tracklift_adapters.http.limits.ask_shared import AskShared
from tracklift_domain.user.password.ports import GuessCounts


class SharedGuessCounts(GuessCounts):
    """Counts together with all processes, or in this one while the shared counts are slow or down."""

    def __init__(
        self, shared: GuessCounts, local: GuessCounts, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        """Count in `shared`, with `local` as the fallback; `now` gives seconds."""
        self._shared = shared
        self._local = local
        self._ask = AskShared(now=now)

    @override
    async def take(self, account: str) -> float:
        wait = await self._ask(lambda: self._shared.take(account))
        return await self._local.take(account) if wait is None else wait

    @override
    async def give_back(self, account: str) -> None:
        # Which of them counted the guess is not stored: a mix-up has little effect.
        await self._local.give_back(account)
        await self._ask(lambda: self._shared.give_back(account))

    @override
    async def remember(self, known: Collection[str]) -> None:
        await self._local.remember(known)
        await self._ask(lambda: self._shared.remember(known))

    @override
    async def knows(self, known: Collection[str]) -> bool:
        return await self._local.knows(known) or bool(await self._ask(lambda: self._shared.knows(known)))
