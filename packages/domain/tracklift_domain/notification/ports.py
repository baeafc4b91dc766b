"""What notifications need from the outside world."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tracklift_domain.notification.hour_of_mails import HourOfMails
from tracklift_domain.notification.notification import Mail, Notification


class MailComposer(Protocol):
    """Writes the mail for a notification."""

    @abstractmethod
    def compose(self, notification: Notification) -> Mail:
        """Write the mail. The same notification always gives the same mail."""


class Mailer(Protocol):
    """Hands mail over for delivery."""

    @abstractmethod
    async def send(self, mail: Mail) -> None:
        """Hand over a mail; when this returns, the receiving side is responsible for it.

        Raises:
            MailRefusedError: it was refused for good.
            ServiceUnavailableError: it could not be handed over now.
        """


class DeliveryClaim(StrEnum):
    """The answer to a request to send a notification."""

    GRANTED = "granted"
    """It was not sent, and no other sender holds it: send it."""
    HELD = "held"
    """Another sender holds it now."""
    SENT = "sent"
    """It was sent before."""


class Allowance(StrEnum):
    """How a user is told of an outcome."""

    MAIL = "mail"
    """By a mail of its own."""
    DIGEST = "digest"
    """By the digest of the hour, which holds it from now on."""


class HourlyMails(Protocol):
    """Counts the mails of each recipient by the hour, and holds what is above the limit until its digest is sent.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def admit(self, notification: Notification, *, ends_at: datetime, at_most: int) -> Allowance:
        """Count a notification in the hour that ends then, or hold it durably if `at_most` were counted already.

        One that is redelivered in the same hour is not counted again; one that is held stays so in later hours too.
        """

    @abstractmethod
    async def list_ended(self, before: datetime, *, limit: int) -> Sequence[HourOfMails]:
        """Give at most `limit` hours that ended before a time and hold something, oldest first."""

    @abstractmethod
    async def settle(self, hour: HourOfMails) -> None:
        """Drop what an hour held once its digest is sent. Repeating it changes nothing."""

    @abstractmethod
    async def forget_before(self, timestamp: datetime) -> int:
        """Delete the counts of hours that ended before a time and hold nothing; give how many there were."""


class DeliveryLog(Protocol):
    """Remembers which notifications were sent, so that each is sent once.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def claim(self, key: str, *, now: datetime, until: datetime) -> DeliveryClaim:
        """Ask to send a notification; a granted claim holds until `until`, or until it is settled."""

    @abstractmethod
    async def record_sent(self, key: str, now: datetime) -> None:
        """Note for good that it was sent."""

    @abstractmethod
    async def release(self, key: str) -> None:
        """Give back a claim without having sent. Giving back what is not held, or what was sent, changes nothing."""

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete entries that were recorded as sent before a time, and return how many there were."""
