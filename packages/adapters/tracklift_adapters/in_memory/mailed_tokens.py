from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from typing_extensions import override

from tracklift_adapters.in_memory.api_keys import InMemoryApiKeyRepository
from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.sessions import InMemorySessionRepository
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.mailed_link.errors import (
    InvalidMailedTokenError,
    MailedTokenUsedError,
    TooManyMailedTokensError,
)
from tracklift_domain.user.mailed_link.mailed_token import MailedToken
from tracklift_domain.user.mailed_link.ports import MailedTokenRepository
from tracklift_domain.user.user import User


class InMemoryMailedTokenRepository(MailedTokenRepository):
    """Keeps the tokens of an in-memory repository's users, and drops those of a user who is removed."""

    def __init__(
        self,
        users: InMemoryUserRepository,
        sessions: InMemorySessionRepository,
        keys: InMemoryApiKeyRepository,
        outbox: InMemoryOutbox,
    ) -> None:
        """Take the repositories that are changed in one step with a token."""
        self._users = users
        self._sessions = sessions
        self._keys = keys
        self._outbox = outbox
        self._tokens: dict[str, MailedToken] = {}
        users.when_removed(self._remove_of)

    @override
    async def add(self, token: MailedToken, events: Sequence[Event] = (), *, at_most: int) -> None:
        if token.user_id not in self._users:
            raise UserNotFoundError(token.user_id)
        if token.token_hash in self._tokens:
            raise ValueError("the token is stored already")
        unexpired = [other for other in self._like(token) if other.expires_at > token.created_at]
        if len(unexpired) >= at_most:
            raise TooManyMailedTokensError(token.user_id)
        self._tokens[token.token_hash] = token
        self._outbox.store(events)

    @override
    async def get(self, token_hash: str) -> MailedToken:
        try:
            return self._tokens[token_hash]
        except KeyError as error:
            raise InvalidMailedTokenError from error

    @override
    async def redeem(
        self, token: MailedToken, user: User, events: Sequence[Event] = (), *, end_access: bool = False
    ) -> None:
        stored = self._tokens.get(token.token_hash)
        if stored is None or stored.used_at is not None:
            raise MailedTokenUsedError
        # Nothing below waits for anything, so no other task sees a part of it.
        await self._users.replace(user)
        for other in self._like(token):
            if other.used_at is None:
                self._tokens[other.token_hash] = replace(other, used_at=token.used_at)
        if end_access:
            self._sessions.drop_of(user.id)
            self._keys.remove_of(user.id)
        self._outbox.store(events)

    @override
    async def forget_before(self, time: datetime) -> int:
        return self._keep(lambda token: token.expires_at >= time)

    def _like(self, token: MailedToken) -> list[MailedToken]:
        wanted = (token.user_id, token.purpose)
        return [other for other in self._tokens.values() if (other.user_id, other.purpose) == wanted]

    def _remove_of(self, user_id: UserId) -> None:
        self._keep(lambda token: token.user_id != user_id)

    def _keep(self, wanted: Callable[[MailedToken], bool]) -> int:
        kept = {token_hash: token for token_hash, token in self._tokens.items() if wanted(token)}
        dropped = len(self._tokens) - len(kept)
        self._tokens = kept
        return dropped
