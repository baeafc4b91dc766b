"""Admits only users of a role."""

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InsufficientRoleError
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.role import Role


class RequireRole:
    """Refuses users whose current role is lower: it may have been revoked after the token was signed."""

    def __init__(self, *, users: UserRepository) -> None:
        self._users = users

    async def __call__(self, caller: Caller, role: Role) -> None:
        """Admit the caller.

        Raises:
            InsufficientScopeError: an API key called.
            InsufficientRoleError: the role of the user is a lower one, or the account is disabled.
            UserNotFoundError: the account was deleted while the access token is still valid.
        """
        caller.require(None)
        user = await self._users.get(caller.user_id)
        if user.is_disabled or not user.role.includes(role):
            raise InsufficientRoleError(role)
