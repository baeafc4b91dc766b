"""Ends the access tokens and event streams of ended sessions."""

from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.events import Event
from tracklift_domain.identifiers import SessionId
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done
from tracklift_domain.user.access.ended_access import EndedAccess
from tracklift_domain.user.access.events import SessionsEnded


class EndAccess:
    """Records that access has ended, for every process that checks tokens, and ends streams where there are any."""

    def __init__(self, *, ended_access: EndedAccess, feed: UpdateFeed) -> None:
        self._ended_access = ended_access
        self._feed = feed

    async def __call__(self, event: Event) -> Disposition:
        """Handle the end of sessions.

        Raises:
            ServiceUnavailableError: the storage can't be reached, so the event must be redelivered.
        """
        if not isinstance(event, SessionsEnded):
            return DeadLetter(f"unexpected event type {event.type}")
        session_id = None if event.session_id is None else SessionId(event.session_id)
        await self._ended_access.record(event.session_id or event.user_id, event.time)
        await self._feed.end(event.user_id, session_id)
        return Done()
