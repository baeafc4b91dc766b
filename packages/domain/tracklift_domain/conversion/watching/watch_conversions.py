"""Streams live updates of conversions to their user."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from dataclasses import replace
from datetime import timedelta

from tracklift_domain.concurrency_limit import ConcurrencyLimit
from tracklift_domain.conversion.errors import ConversionNotFoundError, TooManyStreamsError
from tracklift_domain.conversion.optimistic_update import get_owned
from tracklift_domain.conversion.policies import EVENT_STREAMS_PER_USER
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.silence import with_silence
from tracklift_domain.user.access.caller import Caller


class WatchConversions:
    """Streams updates of one conversion, or of all of a user's."""

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        feed: UpdateFeed,
        look_every: timedelta = timedelta(seconds=15),
        streams_per_user: int = EVENT_STREAMS_PER_USER,
    ) -> None:
        """Read the record of one conversion after `look_every` without an update: the feed may have lost one."""
        self._places = ConcurrencyLimit(streams_per_user, lambda: TooManyStreamsError(streams_per_user))
        self._conversions = conversions
        self._feed = feed
        self._look_every = look_every

    @asynccontextmanager
    async def all(self, caller: Caller) -> AsyncIterator[AsyncIterator[ConversionUpdate]]:
        """Watch all of the caller's conversions until the caller's session ends or the user is deleted.

        Raises `TooManyStreamsError`.
        """
        with self._places.one_for(caller.user_id):
            async with self._feed.subscribe(caller.user_id, caller.session_id) as updates:
                yield updates

    @asynccontextmanager
    async def one(
        self, caller: Caller, conversion_id: ConversionId
    ) -> AsyncIterator[AsyncIterator[ConversionUpdate]]:
        """Watch one conversion: first as stored, then each change, up to its outcome or deletion.

        Raises `ConversionNotFoundError` or `TooManyStreamsError`.
        """
        # Subscribed before the record is read, so that no change is missed in between.
        with self._places.one_for(caller.user_id):
            async with self._feed.subscribe(caller.user_id, caller.session_id) as updates:
                stored = await get_owned(self._conversions, caller, conversion_id)
                known = ConversionUpdate.of(stored, self._feed.latest_progress(conversion_id))
                async with aclosing(self._until_ended(caller, known, updates)) as changes:
                    yield changes

    async def _until_ended(
        self, caller: Caller, known: ConversionUpdate, updates: AsyncIterator[ConversionUpdate]
    ) -> AsyncGenerator[ConversionUpdate, None]:
        yield known
        if not known.state.is_active:
            return
        state = known.state
        own = (update async for update in updates if update.conversion_id == known.conversion_id)
        async with aclosing(with_silence(own, lambda: self._look_every)) as changes:
            async for told in changes:
                try:
                    update = told or ConversionUpdate.of(
                        await get_owned(self._conversions, caller, known.conversion_id)
                    )
                except ConversionNotFoundError:
                    update = replace(known, progress=None, is_deleted=True)
                except ServiceUnavailableError:
                    continue
                if told is None and update.state is state and not update.is_deleted:
                    continue
                state = update.state
                yield update
                if update.is_deleted or not state.is_active:
                    return
