"""Deletes an account."""

from tracklift_domain.clock import Clock
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.events import UserDeleted
from tracklift_domain.user.ports import UserRepository


class DeleteUser:
    """Deletes the caller's account, and announces it so that its conversions are deleted too."""

    def __init__(self, *, users: UserRepository, clock: Clock) -> None:
        self._users = users
        self._clock = clock

    async def __call__(self, caller: Caller) -> None:
        """Delete the account with its sessions. Raises `UserNotFoundError` if it is gone."""
        user = await self._users.get(caller.user_id)
        await self._users.remove(user.id, [UserDeleted.of(user, self._clock.now())])
