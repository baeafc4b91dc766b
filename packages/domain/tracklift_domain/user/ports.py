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
    """Keeps users, each write atomic with its events and durable once it returns.

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
        """Give at most `limit` users in the order of their addresses, those behind an address.

        With `search`, those whose address contains it. It is in lower case, and each character stands for itself.
        """

    @abstractmethod
    async def replace(self, user: User, events: Sequence[Event] = ()) -> None:
        """Store a user over the revision before it (compare and set), and events with that.

        Raises:
            UserNotFoundError: there is none.
            StaleUserError: another revision is stored.
            EmailTakenError: as `add` does.
        """

    @abstractmethod
    async def remove(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        """Delete a user with all sessions, mailed tokens and API keys. Raises `UserNotFoundError`."""


class VerifiedAddresses(Protocol):
    """Remembers whose address was verified, for services that know no users.

    Access tokens say it too, but one that was signed before the address was verified does not.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, user_id: UserId, email: EmailAddress) -> None:
        """Remember that the user gets the mail of this address, instead of any other one."""

    @abstractmethod
    async def contains(self, user_id: UserId, email: EmailAddress) -> bool:
        """Tell whether this address of the user was verified."""

    @abstractmethod
    async def forget(self, user_id: UserId) -> None:
        """Forget a user. Forgetting one who is not known is not an error."""


class UserQuotas(Protocol):
    """Remembers the limits that admins have set for users, for services that know no users.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def record(self, user_id: UserId, quota: UserQuota, *, revision: int) -> None:
        """Remember the limits that a revision of the user has, unless those of that one or a later one are known."""

    @abstractmethod
    async def get(self, user_id: UserId) -> UserQuota:
        """Give the limits of a user; of one who is not known, none."""

    @abstractmethod
    async def forget(self, user_id: UserId) -> None:
        """Forget a user. Forgetting one who is not known is not an error."""
