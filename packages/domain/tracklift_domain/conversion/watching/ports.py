"""What watching conversions needs from the outside world."""

from abc import abstractmethod
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId, SessionId, UserId


class UpdateFeed(Protocol):
    """Carries updates to watchers. Transient: an update may be lost; the repository is authoritative."""

    @abstractmethod
    async def publish(self, update: ConversionUpdate) -> None:
        """Send an update to all current watchers. Never raises during an outage of the feed."""

    @abstractmethod
    def subscribe(
        self, owner_id: UserId, session_id: SessionId | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[ConversionUpdate]]:
        """Watch an owner's conversions from entering the context on. A slow watcher loses its oldest updates."""

    @abstractmethod
    async def end(self, owner_id: UserId, session_id: SessionId | None = None) -> None:
        """End the updates of an owner's current watchers, in every process that the feed reaches.

        With a session, only of those that subscribed in it. Never raises during an outage of the feed.
        """

    @abstractmethod
    def latest_progress(self, conversion_id: ConversionId) -> Progress | None:
        """Give the last progress that passed through here of a conversion that is still converting."""
