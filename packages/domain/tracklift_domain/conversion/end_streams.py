"""Ends the event streams of sessions that have ended."""

from tracklift_domain.conversion.ports import UpdateFeed
from tracklift_domain.events import Event
from tracklift_domain.identifiers import SessionId
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done
from tracklift_domain.user.events import SessionsEnded


class EndStreams:
    """Ends what a session has opened, in every process that has streams."""

    def __init__(self, *, feed: UpdateFeed) -> None:
        self._feed = feed

    async def __call__(self, event: Event) -> Disposition:
        """Handle the news that sessions ended."""
        if not isinstance(event, SessionsEnded):
            return DeadLetter(f"unexpected event type {event.type}")
        session_id = None if event.session_id is None else SessionId(event.session_id)
        await self._feed.end(event.user_id, session_id)
        return Done()
