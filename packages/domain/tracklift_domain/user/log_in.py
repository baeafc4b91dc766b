"""Logs in a user."""

from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError, UserNotFoundError, WrongCredentialsError
from tracklift_domain.user.password import LONGEST_PASSWORD, is_text
from tracklift_domain.user.ports import PasswordHasher, UserRepository
from tracklift_domain.user.sessions import SessionKeeper
from tracklift_domain.user.user import TokenPair, User


class LogIn:
    """Gives tokens for an address and its password."""

    def __init__(self, *, users: UserRepository, hasher: PasswordHasher, sessions: SessionKeeper) -> None:
        self._users = users
        self._hasher = hasher
        self._sessions = sessions

    async def __call__(self, email: str, password: str) -> TokenPair:
        """Log in.

        Raises:
            WrongCredentialsError: address and password don't belong together.
        """
        if len(password) > LONGEST_PASSWORD or not is_text(password):
            raise WrongCredentialsError
        user = await self._find(email)
        if user is None:
            # An unknown address costs the same work as a known one, so that the time of the answer does not tell.
            await self._hasher.hash(password)
            raise WrongCredentialsError
        if not await self._hasher.verify(password, user.password_hash):
            raise WrongCredentialsError
        try:
            if self._hasher.needs_rehash(user.password_hash):
                await self._users.replace(user.with_password_hash(await self._hasher.hash(password)))
            return await self._sessions.open(user)
        except UserNotFoundError as error:
            raise WrongCredentialsError from error

    async def _find(self, email: str) -> User | None:
        try:
            return await self._users.get_by_email(EmailAddress(email))
        except (InvalidEmailAddressError, UserNotFoundError):
            return None
