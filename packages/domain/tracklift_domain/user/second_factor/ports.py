"""What second factors need from the outside world."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from tracklift_domain.events import Event
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.second_factor.second_factor import SecondFactor


class SecondFactorRepository(Protocol):
    """Keeps at most one second factor per user. Each write is atomic and durable once it returns.

    A second factor is deleted with its user.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def begin(self, factor: SecondFactor) -> None:
        """Store a new one, which replaces one that was not confirmed.

        Raises:
            SecondFactorExistsError: the user has a confirmed one.
            UserNotFoundError: its user is gone.
        """

    @abstractmethod
    async def get(self, user_id: UserId) -> SecondFactor:
        """Give the second factor of a user, confirmed or not. Raises `SecondFactorNotFoundError`."""

    @abstractmethod
    async def replace(self, factor: SecondFactor) -> None:
        """Replace the previous revision (compare and set).

        Raises:
            StaleSecondFactorError: no second factor, another revision, or one with another secret is stored.
        """

    @abstractmethod
    async def remove(self, user_id: UserId, events: Sequence[Event] = ()) -> None:
        """Delete the second factor of a user. Deleting what is not there is no error, and stores no events.

        The events enter the outbox in the same atomic step.
        """


class OneTimeCodes(Protocol):
    """Makes secrets for apps that show one-time codes, and checks these codes (TOTP, RFC 6238)."""

    @abstractmethod
    def new_secret(self) -> str:
        """Make a secret of 160 random bits, in base 32."""

    @abstractmethod
    def address(self, secret: str, email: EmailAddress) -> str:
        """Give the `otpauth:` address that apps read from a QR code."""

    @abstractmethod
    def step_of(self, secret: str, code: str, now: datetime) -> int | None:
        """Give the time step of the code: the current one or, as clocks differ, one next to it; `None`: neither."""
