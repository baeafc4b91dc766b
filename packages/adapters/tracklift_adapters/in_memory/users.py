from collections.abc import Callable, Sequence

from typing_extensions import override

from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError, StaleUserError, UserNotFoundError
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.user import User


class InMemoryUserRepository(UserRepository):
    """Keeps users in the memory of this process; their events go into the outbox it is given."""

    def __init__(self, outbox: InMemoryOutbox) -> None:
        self._outbox = outbox
        self._users: dict[UserId, User] = {}
        self._when_removed: list[Callable[[UserId], None]] = []

    def __contains__(self, user_id: UserId) -> bool:
        return user_id in self._users

    def when_removed(self, act: Callable[[UserId], None]) -> None:
        """Have something done in the same step in which a user is removed."""
        self._when_removed.append(act)

    @override
    async def add(self, user: User, events: Sequence[Event] = ()) -> None:
        self._require_free(user)
        if user.id in self._users:
            raise ValueError(f"user {user.id} is stored already")
        self._users[user.id] = user
        self._outbox.store(events)

    @override
    async def get(self, user_id: UserId) -> User:
        try:
            return self._users[user_id]
        except KeyError as error:
            raise UserNotFoundError(user_id) from error

    @override
    async def get_by_email(self, email: EmailAddress) -> User:
        for user in self._users.values():
            if user.email == email:
                return user
        raise UserNotFoundError(email.value)

    @override
    async def list_by_email(
        self, *, search: str = "", after: EmailAddress | None = None, limit: int
    ) -> Sequence[User]:
        found = [
            user
            for user in self._users.values()
            if search in user.email.value and (after is None or user.email.value > after.value)
        ]
        return sorted(found, key=lambda user: user.email.value)[:limit]

    @override
    async def replace(self, user: User, events: Sequence[Event] = ()) -> None:
        previous = await self.get(user.id)
        if previous.revision != user.revision - 1:
            raise StaleUserError(user.id)
        if user.email != previous.email:
            self._require_free(user)
        self._users[user.id] = user
        self._outbox.store(events)

    @override
    async def remove(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        if self._users.pop(user_id, None) is None:
            raise UserNotFoundError(user_id)
        for act in self._when_removed:
            act(user_id)
        self._outbox.store(events)

    def _require_free(self, user: User) -> None:
        if any(other.email == user.email for other in self._users.values()):
            raise EmailTakenError
