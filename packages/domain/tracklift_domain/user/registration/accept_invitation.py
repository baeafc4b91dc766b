"""Accepts an invitation to an account that an admin has made."""

from datetime import datetime

from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose
from tracklift_domain.user.mailed_link.redeeming import TokenRedeemer
from tracklift_domain.user.password.password_rules import PasswordRules
from tracklift_domain.user.password.ports import PasswordHasher
from tracklift_domain.user.user import User


class AcceptInvitation:
    """Sets an account's first password, given a mailed token, which also verifies its address."""

    def __init__(self, *, redeemer: TokenRedeemer, hasher: PasswordHasher, passwords: PasswordRules) -> None:
        self._redeemer = redeemer
        self._hasher = hasher
        self._passwords = passwords

    async def __call__(self, token: str, password: str) -> None:
        """Accept. The password is hashed only for a valid token, so that invalid requests cost little.

        Raises:
            InvalidMailedTokenError, MailedTokenUsedError, MailedTokenExpiredError: the token is not valid.
            WeakPasswordError: the password is too weak; the token stays unused.
        """

        async def change(user: User, _token: MailedToken, now: datetime) -> User:
            self._passwords.check(password, user.email)
            return user.with_reset_password(await self._hasher.hash(password), now)

        await self._redeemer.redeem(token, TokenPurpose.ACCEPT_INVITATION, change, end_access=True)
