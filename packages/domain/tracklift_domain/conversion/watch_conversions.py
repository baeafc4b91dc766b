"""Tells a user what happens to conversions while it happens."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from tracklift_domain.conversion.changing import get_owned
from tracklift_domain.conversion.ports import ConversionRepository, UpdateFeed
from tracklift_domain.conversion.progress import ConversionUpdate
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.user import Caller


class WatchConversions:
    """Streams updates of one conversion, or of all of a user's."""

    def __init__(self, *, conversions: ConversionRepository, feed: UpdateFeed) -> None:
        self._conversions = conversions
        self._feed = feed

    @asynccontextmanager
    async def all(self, caller: Caller) -> AsyncIterator[AsyncIterator[ConversionUpdate]]:
        """Watch all of the caller's conversions, from now on and without end."""
        async with self._feed.subscribe(caller.user_id) as updates:
            yield updates

    @asynccontextmanager
    async def one(
        self, caller: Caller, conversion_id: ConversionId
    ) -> AsyncIterator[AsyncIterator[ConversionUpdate]]:
        """Watch one conversion: first as it is stored, then each change, up to the one that ends it.

        Raises `ConversionNotFoundError`.
        """
        # Subscribed before the record is read, so that no change falls between the two.
        async with self._feed.subscribe(caller.user_id) as updates:
            stored = await get_owned(self._conversions, caller, conversion_id)
            known = ConversionUpdate.of(stored, self._feed.latest_progress(conversion_id))
            async with aclosing(self._until_ended(known, updates)) as changes:
                yield changes

    @staticmethod
    async def _until_ended(
        known: ConversionUpdate, updates: AsyncIterator[ConversionUpdate]
    ) -> AsyncGenerator[ConversionUpdate, None]:
        yield known
        if not known.state.is_active:
            return
        async for update in updates:
            if update.conversion_id != known.conversion_id:
                continue
            yield update
            if not update.state.is_active:
                return
