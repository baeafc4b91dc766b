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
            WrongCredentialsError: the address or the password is wrong.
            AccountDisabledError: they are right, but the account is disabled.
            SecondFactorRequiredError: they are right, but the code is missing.
            WrongSecondFactorError: they are right, but the code is wrong, was used, or is too old.
            TooManyWrongCodesError: they are right, but too many wrong codes were sent.
            TooManyLogInsError: too many log-ins for the address are being checked.
            TooBusyError: too many passwords are being checked.
        """
        if len(password) > LONGEST_CHECKED or not is_text(password):
            raise WrongCredentialsError
        address = _read(email)
        # Texts that are not addresses share one limit: none has an account.
        with self._places.one_for(str(address or "")):
            return await self._check(address, password, device, code)

    async def _check(
        self, address: EmailAddress | None, password: str, device: str | None, code: str | None
    ) -> TokenPair:
        user = await self._find(address)
        if user is None or not user.has_password:
            # An address without a password takes the same work, so that the response time discloses nothing.
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
            # A concurrent change must not be undone; the next log-in will rehash.
            return user
        return changed

    async def _is_still_good(self, password: str, user: User) -> bool:
        """Check again now that the session exists: a reset or a disabling ends only sessions that it finds."""
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
