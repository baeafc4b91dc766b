"""The ports through which notifications are composed, sent, counted and remembered."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tracklift_domain.notification.hour_of_mails import HourOfMails
from tracklift_domain.notification.notification import Mail, Notification


class MailComposer(Protocol):
    """Composes the mail for a notification."""

    @abstractmethod
    def compose(self, notification: Notification) -> Mail:
        """Compose the mail. The same notification always results in the same mail."""


class Mailer(Protocol):
    """Hands mail over for delivery."""

    @abstractmethod
    async def send(self, mail: Mail) -> None:
        """Hand over a mail; when this returns, the receiving side is responsible for it.

        Raises:
            MailRefusedError: the mail was permanently refused.
            ServiceUnavailableError: the mail could not be handed over this time.
        """


class DeliveryClaim(StrEnum):
    """The answer to a request to send a notification."""

    GRANTED = "granted"
    """It has not been sent, and no other sender has claimed it: the caller should send it."""
    HELD = "held"
    """Another sender holds the claim."""
    SENT = "sent"
    """It has already been sent."""


class Allowance(StrEnum):
    """How a user is notified of an outcome."""

    MAIL = "mail"
    """In a mail of its own."""
    DIGEST = "digest"
    """In the digest of the hour, for which it is now held."""


class HourlyMails(Protocol):
    """Counts the mails to each recipient per hour, and holds those above the limit until their digest is sent.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def admit(self, notification: Notification, *, ends_at: datetime, at_most: int) -> Allowance:
        """Count a notification in the hour that ends at `ends_at`, or hold it durably if `at_most` are already counted.

        A redelivered notification is not counted again in the same hour. One that is held stays held in later hours.
        """

    @abstractmethod
    async def list_ended(self, before: datetime, *, limit: int) -> Sequence[HourOfMails]:
        """Return at most `limit` hours that ended before a time and hold notifications, oldest first."""

    @abstractmethod
    async def settle(self, hour: HourOfMails) -> None:
        """Delete the notifications that an hour held, after its digest was sent. Repeating this changes nothing."""

    @abstractmethod
    async def forget_before(self, timestamp: datetime) -> int:
        """Delete the counts of hours that ended before a time and hold nothing; return how many there were."""


class DeliveryLog(Protocol):
    """Remembers which notifications were sent, so that each is sent once.

    Raises:
        ServiceUnavailableError: from every method, when the storage can't be reached.
    """

    @abstractmethod
    async def claim(self, key: str, *, now: datetime, until: datetime) -> DeliveryClaim:
        """Request to send a notification; a granted claim lasts until `until`, or until the sending is settled."""

    @abstractmethod
    async def record_sent(self, key: str, now: datetime) -> None:
        """Record permanently that the notification was sent."""

    @abstractmethod
    async def release(self, key: str) -> None:
        """Give back a claim without having sent. Without a claim, or once it was sent, this changes nothing."""

    @abstractmethod
    async def forget_before(self, time: datetime) -> int:
        """Delete entries that were recorded as sent before a time, and return how many there were."""
