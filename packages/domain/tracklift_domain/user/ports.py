"""What users need from the outside world."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Protocol

from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.user import User


class UserRepository(Protocol):
    """Keeps users. Each write is atomic with its events and durable once it returns.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def add(self, user: User, events: Sequence[Event] = ()) -> None:
        """Store a new user. Raises `EmailTakenError`."""

    @abstractmethod
    async def get(self, user_id: UserId) -> User:
        """Give a user. Raises `UserNotFoundError`."""

    @abstractmethod
    async def get_by_email(self, email: EmailAddress) -> User:
        """Give the user with this address. Raises `UserNotFoundError`."""

    @abstractmethod
    async def list_by_email(
        self, *, search: str = "", after: EmailAddress | None = None, limit: int
    ) -> Sequence[User]:
        """Give at most `limit` users in the order of their addresses, starting after `after`.

        With `search`, only those whose address contains it. It is in lower case, and has no wildcards.
        """

    @abstractmethod
    async def replace(self, user: User, events: Sequence[Event] = ()) -> None:
        """Replace the previous revision of a user (compare and set), and store events in the same step.

        Raises:
            UserNotFoundError: there is no such user.
            StaleUserError: another revision is stored.
            EmailTakenError: as `add` does.
        """

    @abstractmethod
    async def remove(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        """Delete a user with all sessions, mailed tokens and API keys. Raises `UserNotFoundError`."""


class VerifiedAddresses(Protocol):
    """Keeps verified addresses, for services that store no users.

    Access tokens say so too, but not those that were signed before the verification.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, user_id: UserId, email: EmailAddress) -> None:
        """Store the verified address of a user, which replaces any other."""

    @abstractmethod
    async def contains(self, user_id: UserId, email: EmailAddress) -> bool:
        """Tell whether this address of the user was verified."""

    @abstractmethod
    async def forget(self, user_id: UserId) -> None:
        """Forget a user. An unknown user is not an error."""


class UserQuotas(Protocol):
    """Keeps the limits that admins have set for users, for services that store no users.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, user_id: UserId, quota: UserQuota, *, revision: int) -> None:
        """Store the limits of a revision of the user, unless that revision or a later one is stored."""

    @abstractmethod
    async def get(self, user_id: UserId) -> UserQuota:
        """Give the limits of a user; an unknown user has none."""

    @abstractmethod
    async def forget(self, user_id: UserId) -> None:
        """Forget a user. An unknown user is not an error."""
