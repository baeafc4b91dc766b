"""Ends the caller's sessions, on any device."""

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import EventId, IdentifierSource, SessionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.session.errors import NoSuchSessionError
from tracklift_domain.user.session.ports import SessionRepository


class EndOwnSessions:
    """Ends one of the caller's sessions, or all of them.

    The event ends access tokens that were issued before, and what they opened, such as event streams.
    """

    def __init__(self, *, sessions: SessionRepository, clock: Clock, identifiers: IdentifierSource) -> None:
        self._sessions = sessions
        self._clock = clock
        self._identifiers = identifiers

    async def one(self, caller: Caller, session_id: SessionId) -> None:
        """End one session, which may be the caller's own.

        Raises:
            InsufficientScopeError: an API key called.
            NoSuchSessionError: the user has no such session.
        """
        caller.require(None)
        for session in await self._sessions.list_of(caller.user_id):
            if session.id == session_id:
                await self._sessions.remove(
                    session_id, [SessionsEnded.of(caller.user_id, session_id, self._clock.now())]
                )
                return
        raise NoSuchSessionError(session_id)

    async def all(self, caller: Caller) -> None:
        """End all sessions, the caller's own among them. Raises `InsufficientScopeError` when an API key called."""
        caller.require(None)
        event_id = EventId(f"{self._identifiers.new()}.sessions_ended")
        ended = SessionsEnded.at_once(caller.user_id, event_id, self._clock.now())
        await self._sessions.remove_of(caller.user_id, [ended])
