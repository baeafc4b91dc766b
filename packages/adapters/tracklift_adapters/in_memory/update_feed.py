from collections.abc import AsyncIterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractAsyncContextManager

from typing_extensions import override

from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.conversion.watching.update_watchers import UpdateWatchers
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId, SessionId, UserId


class InMemoryUpdateFeed(UpdateFeed):
    """Carries updates between the tasks of this process."""

    def __init__(self) -> None:
        self._watchers = UpdateWatchers()

    @property
    def watched(self) -> AbstractSet[UserId]:
        """Whose conversions are watched now."""
        return self._watchers.watched

    def close(self) -> None:
        """End the updates of all who watch, and of all who begin to from now on. Closing twice is not an error."""
        self._watchers.close()

    @override
    async def publish(self, update: ConversionUpdate) -> None:
        self._watchers.tell(update)

    @override
    def subscribe(
        self, owner_id: UserId, session_id: SessionId | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[ConversionUpdate]]:
        return self._watchers.subscribe(owner_id, session_id)

    @override
    async def end(self, owner_id: UserId, session_id: SessionId | None = None) -> None:
        self._watchers.end(owner_id, session_id)

    @override
    def latest_progress(self, conversion_id: ConversionId) -> Progress | None:
        return self._watchers.latest_progress(conversion_id)
