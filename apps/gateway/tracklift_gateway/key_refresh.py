"""Keeps the keys that verify access tokens up to date."""

import asyncio
import logging
from datetime import timedelta

from tracklift_adapters.auth_service.client import AuthService
from tracklift_adapters.mongodb.key_cache import MongoKeyCache
from tracklift_adapters.security.published_keys import FetchedKeysTokenVerifier
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.waiting import pause_unless_stopping

_log = logging.getLogger(__name__)


class KeyRefresh:
    """Fetches the keys from auth immediately and then periodically, and caches them in the database of the uploads.

    While auth is down, the cached keys are used, so that an upload needs only the storage that it goes to.
    """

    def __init__(
        self,
        auth: AuthService,
        cache: MongoKeyCache,
        verifier: FetchedKeysTokenVerifier,
        *,
        every: timedelta = timedelta(minutes=1),
        retry: timedelta = timedelta(seconds=2),
    ) -> None:
        """Fetch at intervals of `every`, or of `retry` while no keys are known."""
        self._auth = auth
        self._cache = cache
        self._verifier = verifier
        self._every = every
        self._retry = retry

    async def run(self, stopping: asyncio.Event) -> None:
        """Refresh until `stopping` is set."""
        down = False
        while not stopping.is_set():
            try:
                await self._refresh()
                down = False
            except (ServiceUnavailableError, ValueError) as error:
                if not down:
                    _log.warning("The keys for access tokens can't be refreshed: %s", error)
                down = True
            pause = self._every if self._verifier.has_keys else self._retry
            await pause_unless_stopping(stopping, pause)

    async def _refresh(self) -> None:
        if not self._verifier.has_keys:
            remembered = await self._cache.load()
            if remembered is not None:
                self._verifier.use_keys(remembered)
        keys = await self._auth.published_keys()
        self._verifier.use_keys(keys)
        await self._cache.store(keys)
