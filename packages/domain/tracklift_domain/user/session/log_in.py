"""Logs in a user."""

from tracklift_domain.concurrency_limit import ConcurrencyLimit
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError, StaleUserError, UserNotFoundError
from tracklift_domain.user.password.errors import TooManyLogInsError
from tracklift_domain.user.password.password import LONGEST_CHECKED, MOST_CHECKED_AT_ONCE, is_text
from tracklift_domain.user.password.ports import PasswordHasher
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.second_factor.check_second_factor import CheckSecondFactor
from tracklift_domain.user.session.errors import AccountDisabledError, WrongCredentialsError
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.session.session_keeper import SessionKeeper
from tracklift_domain.user.user import User


class LogIn:
    """Gives tokens for an address and its password."""

    def __init__(
        self,
        *,
        users: UserRepository,
        hasher: PasswordHasher,
        sessions: SessionKeeper,
        check_second_factor: CheckSecondFactor,
    ) -> None:
        self._users = users
        self._hasher = hasher
        self._sessions = sessions
        self._check_second_factor = check_second_factor
        self._places = ConcurrencyLimit(MOST_CHECKED_AT_ONCE, TooManyLogInsError)

    async def __call__(
        self, email: str, password: str, device: str | None = None, code: str | None = None
    ) -> TokenPair:
        """Log in on a device, with a code where the user has a second factor.

        Raises:
            WrongCredentialsError: address and password don't belong together.
            AccountDisabledError: they do, and the account may not be used.
            SecondFactorRequiredError: they do, and no code came.
            WrongSecondFactorError: they do, but the code is wrong, was used, or is too old.
            TooManyWrongCodesError: they do, but too many wrong codes came.
            TooManyLogInsError: too many log-ins for the address are being checked.
            TooBusyError: too many passwords are being checked.
        """
        if len(password) > LONGEST_CHECKED or not is_text(password):
            raise WrongCredentialsError
        address = _read(email)
        # All that is not an address has the same places: there is no account behind any of it.
        with self._places.one_for(str(address or "")):
            return await self._check(address, password, device, code)

    async def _check(
        self, address: EmailAddress | None, password: str, device: str | None, code: str | None
    ) -> TokenPair:
        user = await self._find(address)
        if user is None or not user.has_password:
            # An address without a password costs the same work as one with it, so that the time does not tell.
            await self._hasher.hash(password)
            raise WrongCredentialsError
        if not await self._hasher.verify(password, user.password_hash):
            raise WrongCredentialsError
        if user.is_disabled:
            raise AccountDisabledError
        await self._check_second_factor(user.id, code)
        try:
            user = await self._with_hash_of_today(user, password)
            tokens = await self._sessions.open(user, device)
            if not await self._is_still_good(password, user):
                await self._sessions.discard(tokens)
                raise WrongCredentialsError
        except UserNotFoundError as error:
            raise WrongCredentialsError from error
        return tokens

    async def _with_hash_of_today(self, user: User, password: str) -> User:
        if not self._hasher.needs_rehash(user.password_hash):
            return user
        changed = user.with_password_hash(await self._hasher.hash(password))
        try:
            await self._users.replace(changed)
        except StaleUserError:
            # A change made meanwhile must not be undone, and there will be another log-in.
            return user
        return changed

    async def _is_still_good(self, password: str, user: User) -> bool:
        """Look once more, now that there is a session: a reset or a disabling ends only those that it finds."""
        current = await self._users.get(user.id)
        if current.is_disabled:
            return False
        return current.password_hash == user.password_hash or await self._hasher.verify(
            password, current.password_hash
        )

    async def _find(self, address: EmailAddress | None) -> User | None:
        if address is None:
            return None
        try:
            return await self._users.get_by_email(address)
        except UserNotFoundError:
            return None


def _read(email: str) -> EmailAddress | None:
    try:
        return EmailAddress(email)
    except InvalidEmailAddressError:
        return None
