"""Requires the password of a user who is logged in, before a change that a stolen session must not make."""

from tracklift_domain.concurrency_limit import ConcurrencyLimit
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.password.errors import TooManyLogInsError, WrongPasswordError
from tracklift_domain.user.password.password import LONGEST_CHECKED, MOST_CHECKED_AT_ONCE, is_text
from tracklift_domain.user.password.ports import PasswordHasher
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.user import User


class PasswordCheck:
    """Checks the password of a caller. Concurrent guesses at one account are limited."""

    def __init__(self, *, users: UserRepository, hasher: PasswordHasher) -> None:
        self._users = users
        self._hasher = hasher
        self._places = ConcurrencyLimit(MOST_CHECKED_AT_ONCE, TooManyLogInsError)

    async def __call__(self, caller: Caller, password: str) -> User:
        """Give the caller's user.

        Raises:
            InsufficientScopeError: an API key called.
            WrongPasswordError: the password is wrong, or the user has none.
            TooManyLogInsError: too many passwords of this user are being checked.
            TooBusyError: too many passwords are being checked.
            UserNotFoundError: the account was deleted while the access token is still valid.
        """
        caller.require(None)
        if len(password) > LONGEST_CHECKED or not is_text(password):
            raise WrongPasswordError
        with self._places.one_for(caller.user_id):
            user = await self._users.get(caller.user_id)
            if not user.has_password or not await self._hasher.verify(password, user.password_hash):
                raise WrongPasswordError
        return user
