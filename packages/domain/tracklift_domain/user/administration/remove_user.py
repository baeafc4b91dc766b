"""Deletes a user's account on behalf of an admin."""

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.administration.errors import OwnAccountError
from tracklift_domain.user.events import UserDeleted
from tracklift_domain.user.ports import UserRepository


class RemoveUser:
    """Deletes a user with everything of the account, and announces it."""

    def __init__(self, *, users: UserRepository, clock: Clock) -> None:
        self._users = users
        self._clock = clock

    async def __call__(self, user_id: UserId, *, by: UserId | None = None) -> None:
        """Delete the account, for an admin or, with `by=None`, the operator.

        Raises:
            UserNotFoundError: there is no such user.
            OwnAccountError: it is the admin's own, which `DeleteUser` deletes.
        """
        if user_id == by:
            raise OwnAccountError
        user = await self._users.get(user_id)
        await self._users.remove(user.id, [UserDeleted.of(user, self._clock.now())])
