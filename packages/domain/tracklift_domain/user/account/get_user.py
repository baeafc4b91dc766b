"""Shows a user to themselves."""

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.user import User


class GetUser:
    """Gives the caller's account."""

    def __init__(self, *, users: UserRepository) -> None:
        self._users = users

    async def __call__(self, caller: Caller) -> User:
        """Give the user. Raises `UserNotFoundError` if it was deleted while the token is still valid."""
        return await self._users.get(caller.user_id)
