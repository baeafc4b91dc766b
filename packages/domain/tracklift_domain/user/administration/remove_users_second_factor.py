"""Removes a user's second factor on behalf of an admin."""

import logging

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.administration.errors import OwnAccountError
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.second_factor.errors import SecondFactorNotFoundError
from tracklift_domain.user.second_factor.events import SecondFactorRemoved
from tracklift_domain.user.second_factor.ports import SecondFactorRepository
from tracklift_domain.user.second_factor.second_factor import SecondFactor

_log = logging.getLogger(__name__)
_NONE = "This user has no second factor."


class RemoveUsersSecondFactor:
    """Lets a user who has lost the app and the recovery codes log in with the password alone.

    The user is notified by mail, since an attacker who has the password would ask for the same.
    """

    def __init__(self, *, users: UserRepository, factors: SecondFactorRepository, clock: Clock) -> None:
        self._users = users
        self._factors = factors
        self._clock = clock

    async def __call__(self, user_id: UserId, *, by: UserId | None = None) -> None:
        """Remove it for an admin or, with `by=None`, the operator.

        Raises:
            UserNotFoundError: there is no such user.
            OwnAccountError: it is the admin's own, which takes password and code.
            SecondFactorNotFoundError: the user has no active one.
        """
        if user_id == by:
            raise OwnAccountError
        user = await self._users.get(user_id)
        factor = await self._active(user_id)
        removed = SecondFactorRemoved.of(user, factor, self._clock.now(), by_admin=True)
        await self._factors.remove(user_id, [removed])
        _log.info("The second factor of user %s was removed by %s.", user_id, by or "the operator")

    async def _active(self, user_id: UserId) -> SecondFactor:
        try:
            factor = await self._factors.get(user_id)
        except SecondFactorNotFoundError as error:
            raise SecondFactorNotFoundError(_NONE) from error
        if not factor.is_active:
            raise SecondFactorNotFoundError(_NONE)
        return factor
