from collections.abc import Sequence

from typing_extensions import override

from tracklift_adapters.in_memory.outbox import InMemoryOutbox
from tracklift_adapters.in_memory.users import InMemoryUserRepository
from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.second_factor.errors import (
    SecondFactorExistsError,
    SecondFactorNotFoundError,
    StaleSecondFactorError,
)
from tracklift_domain.user.second_factor.ports import SecondFactorRepository
from tracklift_domain.user.second_factor.second_factor import SecondFactor


class InMemorySecondFactorRepository(SecondFactorRepository):
    """Keeps the second factors of an in-memory repository's users, and drops that of a user who is removed."""

    def __init__(self, users: InMemoryUserRepository, outbox: InMemoryOutbox) -> None:
        self._users = users
        self._outbox = outbox
        self._factors: dict[UserId, SecondFactor] = {}
        users.when_removed(self._remove_of)

    @override
    async def begin(self, factor: SecondFactor) -> None:
        if factor.user_id not in self._users:
            raise UserNotFoundError(factor.user_id)
        stored = self._factors.get(factor.user_id)
        if stored is not None and stored.is_active:
            raise SecondFactorExistsError
        self._factors[factor.user_id] = factor

    @override
    async def get(self, user_id: UserId) -> SecondFactor:
        try:
            return self._factors[user_id]
        except KeyError as error:
            raise SecondFactorNotFoundError from error

    @override
    async def replace(self, factor: SecondFactor) -> None:
        stored = self._factors.get(factor.user_id)
        if stored is None or (stored.secret, stored.revision + 1) != (factor.secret, factor.revision):
            raise StaleSecondFactorError
        self._factors[factor.user_id] = factor

    @override
    async def remove(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        if self._factors.pop(user_id, None) is not None:
            self._outbox.store(events)

    def _remove_of(self, user_id: UserId) -> None:
        self._factors.pop(user_id, None)
