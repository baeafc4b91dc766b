"""Changes the address of an account."""

from datetime import datetime

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import EmailTakenError, UserNotFoundError
from tracklift_domain.user.mailed_link.link_sender import LinkSender
from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose
from tracklift_domain.user.mailed_link.redeeming import TokenRedeemer
from tracklift_domain.user.password.password_check import PasswordCheck
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.user import User


class RequestEmailChange:
    """Has a link mailed to the new address that makes it the caller's address."""

    def __init__(self, *, require_password: PasswordCheck, users: UserRepository, links: LinkSender) -> None:
        self._require_password = require_password
        self._users = users
        self._links = links

    async def __call__(self, caller: Caller, email: str, password: str) -> None:
        """Have the link mailed. Nothing else changes before it is used. A user without a password needs none.

        Raises:
            InsufficientScopeError: an API key called.
            InvalidEmailAddressError: the address is not valid.
            WrongPasswordError: the password is wrong.
            EmailTakenError: the address has a user, perhaps the caller.
            TooManyLogInsError: too many passwords of this user are being checked.
            TooBusyError: too many passwords are being checked.
            UserNotFoundError: the account was deleted while the access token is still valid.
        """
        caller.require(None)
        address = EmailAddress(email)
        user = await self._users.get(caller.user_id)
        if user.has_password:
            user = await self._require_password(caller, password)
        if await self._is_taken(address):
            raise EmailTakenError
        await self._links.send_email_change(user, address)

    async def _is_taken(self, address: EmailAddress) -> bool:
        try:
            await self._users.get_by_email(address)
        except UserNotFoundError:
            return False
        return True


class ConfirmEmailChange:
    """Changes to the new address, which the token in the mail verifies.

    The previous address is notified. Links that were mailed to it are no longer valid.
    """

    def __init__(self, *, redeemer: TokenRedeemer) -> None:
        self._redeemer = redeemer

    async def __call__(self, token: str) -> None:
        """Change the address.

        Raises:
            InvalidMailedTokenError, MailedTokenUsedError, MailedTokenExpiredError: the token is not valid.
            EmailTakenError: another user has taken the address meanwhile.
        """
        await self._redeemer.redeem(token, TokenPurpose.CHANGE_EMAIL, _changed)


async def _changed(user: User, token: MailedToken, now: datetime) -> User:
    return user.with_email(token.email, now)
