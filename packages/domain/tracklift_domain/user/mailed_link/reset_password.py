"""Resets a forgotten password."""

from datetime import datetime

from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose
from tracklift_domain.user.mailed_link.redeeming import TokenRedeemer
from tracklift_domain.user.password.password_rules import PasswordRules
from tracklift_domain.user.password.ports import PasswordHasher
from tracklift_domain.user.user import User


class ResetPassword:
    """Replaces a user's password, given a mailed token, ends all sessions, and revokes all API keys.

    Another person may have used the account, so all access ends, including access tokens.
    """

    def __init__(self, *, redeemer: TokenRedeemer, hasher: PasswordHasher, passwords: PasswordRules) -> None:
        self._redeemer = redeemer
        self._hasher = hasher
        self._passwords = passwords

    async def __call__(self, token: str, password: str) -> EmailAddress:
        """Reset the password, and give the address of its account.

        The password is hashed only for a valid token, so that invalid requests cost little.

        Raises:
            InvalidMailedTokenError, MailedTokenUsedError, MailedTokenExpiredError: the token is not valid.
            WeakPasswordError: the password is too weak; the token stays unused.
        """

        async def change(user: User, _token: MailedToken, now: datetime) -> User:
            self._passwords.check(password, user.email)
            return user.with_reset_password(await self._hasher.hash(password), now)

        user = await self._redeemer.redeem(token, TokenPurpose.RESET_PASSWORD, change, end_access=True)
        return user.email
