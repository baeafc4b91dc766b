"""Mailing links to users: what verifying an address and resetting a password have in common."""

import logging
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.identifiers import IdentifierSource
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.mailed_link.errors import TooManyMailedTokensError
from tracklift_domain.user.mailed_link.events import (
    EmailChangeRequested,
    EmailVerificationRequested,
    LinkRequested,
    PasswordResetRequested,
    UserInvited,
)
from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose, hash_mailed_token
from tracklift_domain.user.mailed_link.policies import MailedTokenPolicy
from tracklift_domain.user.mailed_link.ports import MailedTokenRepository
from tracklift_domain.user.user import User

_log = logging.getLogger(__name__)


class LinkSender:
    """Makes tokens and has them mailed to their users.

    Whether a mail is sent is only logged: callers learn neither that the user has reached the limit nor that the
    account was just deleted.
    """

    def __init__(
        self,
        *,
        tokens: MailedTokenRepository,
        clock: Clock,
        identifiers: IdentifierSource,
        policy: MailedTokenPolicy,
    ) -> None:
        self._tokens = tokens
        self._clock = clock
        self._identifiers = identifiers
        self._policy = policy

    async def send_verification(self, user: User) -> None:
        """Have a link mailed that verifies the user's address."""
        lasts = self._policy.email_verification_lasts
        await self._send(user, TokenPurpose.VERIFY_EMAIL, lasts, EmailVerificationRequested)

    async def send_reset(self, user: User) -> None:
        """Have a link mailed that resets the user's password."""
        lasts = self._policy.password_reset_lasts
        await self._send(user, TokenPurpose.RESET_PASSWORD, lasts, PasswordResetRequested)

    async def send_invitation(self, user: User) -> None:
        """Have a link mailed with which the user chooses the first password."""
        lasts = self._policy.invitation_lasts
        await self._send(user, TokenPurpose.ACCEPT_INVITATION, lasts, UserInvited)

    async def send_email_change(self, user: User, email: EmailAddress) -> None:
        """Have a link mailed to a new address that makes it the user's."""
        lasts = self._policy.email_verification_lasts
        await self._send(user, TokenPurpose.CHANGE_EMAIL, lasts, EmailChangeRequested, email)

    async def _send(
        self,
        user: User,
        purpose: TokenPurpose,
        lasts: timedelta,
        event_type: type[LinkRequested],
        email: EmailAddress | None = None,
    ) -> None:
        now, token = self._clock.now(), self._identifiers.secret()
        mailed = MailedToken(
            token_hash=hash_mailed_token(token),
            purpose=purpose,
            user_id=user.id,
            email=email or user.email,
            created_at=now,
            expires_at=now + lasts,
        )
        try:
            await self._tokens.add(
                mailed, [event_type.of(mailed, token)], at_most=self._policy.unexpired_per_user
            )
        except (TooManyMailedTokensError, UserNotFoundError) as error:
            _log.info("No link is mailed (%s): %s", purpose, error)
