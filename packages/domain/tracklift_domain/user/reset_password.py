"""Sets a forgotten password anew."""

from datetime import datetime

from tracklift_domain.user.mailed_token import TokenPurpose
from tracklift_domain.user.password import check_password
from tracklift_domain.user.ports import PasswordHasher
from tracklift_domain.user.redeeming import TokenRedeemer
from tracklift_domain.user.user import User


class ResetPassword:
    """Gives a user another password for the token out of a mail, ends all sessions, and revokes all API keys.

    Another person may have had the account: all that was made with it ends.

    Access tokens that were given out before run out by themselves, within minutes.
    """

    def __init__(self, *, redeemer: TokenRedeemer, hasher: PasswordHasher) -> None:
        self._redeemer = redeemer
        self._hasher = hasher

    async def __call__(self, token: str, password: str) -> None:
        """Reset the password. The hash is made for a valid token only, so that no caller has it made for nothing.

        Raises:
            InvalidMailedTokenError, MailedTokenUsedError, MailedTokenExpiredError: the token is good for nothing.
            WeakPasswordError: the password may not be used; the token still may.
        """

        async def change(user: User, now: datetime) -> User:
            check_password(password, user.email)
            return user.with_reset_password(await self._hasher.hash(password), now)

        await self._redeemer.redeem(token, TokenPurpose.RESET_PASSWORD, change, end_access=True)
