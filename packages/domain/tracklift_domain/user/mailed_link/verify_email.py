"""Notes that an address is its user's."""

from datetime import datetime

from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose
from tracklift_domain.user.mailed_link.redeeming import TokenRedeemer
from tracklift_domain.user.user import User


class VerifyEmail:
    """Takes the token out of the mail as proof that the user gets the address's mail."""

    def __init__(self, *, redeemer: TokenRedeemer) -> None:
        self._redeemer = redeemer

    async def __call__(self, token: str) -> None:
        """Verify the address the token was mailed to.

        Raises:
            InvalidMailedTokenError, MailedTokenUsedError, MailedTokenExpiredError: the token is good for nothing.
        """
        await self._redeemer.redeem(token, TokenPurpose.VERIFY_EMAIL, _verified)


async def _verified(user: User, _token: MailedToken, now: datetime) -> User:
    return user.with_verified_email(now)
