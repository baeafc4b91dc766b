"""Using mailed tokens: what verifying an address and resetting a password have in common."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from tracklift_domain.clock import Clock
from tracklift_domain.events import Event
from tracklift_domain.user.access.events import SessionsEnded
from tracklift_domain.user.errors import StaleUserError, UserNotFoundError
from tracklift_domain.user.events import UserEmailChanged, UserEmailVerified
from tracklift_domain.user.mailed_link.errors import InvalidMailedTokenError
from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose, hash_mailed_token
from tracklift_domain.user.mailed_link.ports import MailedTokenRepository
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.user import User

Change = Callable[[User, MailedToken, datetime], Awaitable[User]]
"""Gives the changed user for the user, the token and the current time. If it raises, the token stays unused."""


class TokenRedeemer:
    """Uses tokens, each for a change of its user."""

    def __init__(self, *, tokens: MailedTokenRepository, users: UserRepository, clock: Clock) -> None:
        self._tokens = tokens
        self._users = users
        self._clock = clock

    async def redeem(
        self, token: str, purpose: TokenPurpose, change: Change, *, end_access: bool = False
    ) -> User:
        """Use a token, and give the changed user.

        If another request changes the user at the same time, the change is repeated on the new revision.

        Raises:
            InvalidMailedTokenError, MailedTokenUsedError, MailedTokenExpiredError: the token is not valid.
            EmailTakenError: another user has the new address.
            DomainError: as `change` raises it.
        """
        token_hash = hash_mailed_token(token)
        while True:
            now = self._clock.now()
            used = (await self._tokens.get(token_hash)).use(purpose, now)
            try:
                user = await self._users.get(used.user_id)
                if user.email != used.email and purpose is not TokenPurpose.CHANGE_EMAIL:
                    raise InvalidMailedTokenError
                changed = await change(user, used, now)
                events = _announcements(user, changed, now)
                if end_access:
                    events.append(SessionsEnded.all_of(changed, now))
                await self._tokens.redeem(used, changed, events, end_access=end_access)
            except UserNotFoundError as error:
                raise InvalidMailedTokenError from error
            except StaleUserError:
                continue
            return changed


def _announcements(before: User, after: User, now: datetime) -> list[Event]:
    if before.email != after.email:
        return [
            UserEmailChanged.of(before, after, now),
            UserEmailVerified.of_new_address(after, now),
            # Access tokens name the previous address. The sessions stay.
            SessionsEnded.all_of(after, now),
        ]
    if before.email_verified_at is not None or after.email_verified_at is None:
        return []
    return [UserEmailVerified.of(after, now)]
