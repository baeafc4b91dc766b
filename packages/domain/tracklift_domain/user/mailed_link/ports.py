"""What links in mails need from the outside world."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tracklift_domain.events import Event
from tracklift_domain.user.mailed_link.mailed_token import MailedToken
from tracklift_domain.user.user import User


class MailedTokenRepository(Protocol):
    """Keeps the tokens of mailed links by their hashes. Each write is atomic and durable once it returns.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def add(self, token: MailedToken, events: Sequence[Event] = (), *, at_most: int) -> None:
        """Store a new token with events, exactly also under concurrent calls.

        Raises:
            TooManyMailedTokensError: its user has `at_most` tokens of its purpose that have not expired when it is
                created, used ones included.
            UserNotFoundError: its user is gone.
        """

    @abstractmethod
    async def get(self, token_hash: str) -> MailedToken:
        """Give a token. Raises `InvalidMailedTokenError` when there is none."""

    @abstractmethod
    async def redeem(
        self, token: MailedToken, user: User, events: Sequence[Event] = (), *, end_access: bool = False
    ) -> None:
        """Store a used token, the next revision of its user, and events, in one step.

        In the same step the user's other tokens of that purpose are used up and, if asked, all sessions end and all API
        keys are deleted.

        Raises:
            MailedTokenUsedError: no unused token is stored.
            EmailTakenError: another user has the new address.
            UserNotFoundError: the user is gone.
            StaleUserError: another revision of the user is stored.
        """

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete the tokens that expired before a time, and give their number."""
