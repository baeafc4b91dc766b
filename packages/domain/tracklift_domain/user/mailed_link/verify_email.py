"""Verifies an address."""

from datetime import datetime

from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose
from tracklift_domain.user.mailed_link.redeeming import TokenRedeemer
from tracklift_domain.user.user import User


class VerifyEmail:
    """Verifies an address by the token of a mailed link."""

    def __init__(self, *, redeemer: TokenRedeemer) -> None:
        self._redeemer = redeemer

    async def __call__(self, token: str) -> None:
        """Verify the address that the token was mailed to.

        Raises:
            InvalidMailedTokenError, MailedTokenUsedError, MailedTokenExpiredError: the token is not valid.
        """
        await self._redeemer.redeem(token, TokenPurpose.VERIFY_EMAIL, _verified)


async def _verified(user: User, _token: MailedToken, now: datetime) -> User:
    return user.with_verified_email(now)
