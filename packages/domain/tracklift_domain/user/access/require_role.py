"""Lets only users of a role pass."""

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InsufficientRoleError
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.role import Role


class RequireRole:
    """Refuses users of a lower role, as it is now: the token may have been signed before it was taken away."""

    def __init__(self, *, users: UserRepository) -> None:
        self._users = users

    async def __call__(self, caller: Caller, role: Role) -> None:
        """Let the caller pass.

        Raises:
            InsufficientScopeError: an API key called.
            InsufficientRoleError: the role of the user is a lower one, or the account is disabled.
            UserNotFoundError: the account was deleted while the access token still holds.
        """
        caller.require(None)
        user = await self._users.get(caller.user_id)
        if user.is_disabled or not user.role.includes(role):
            raise InsufficientRoleError(role)
