"""What notifications need from the outside world."""

from abc import abstractmethod
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from tracklift_domain.notification.notification import Mail, Notification


class MailComposer(Protocol):
    """Writes the mail for a notification."""

    @abstractmethod
    def compose(self, notification: Notification) -> Mail:
        """Write the mail. The same notification always gives the same mail."""


class Mailer(Protocol):
    """Hands mail over to whoever delivers it."""

    @abstractmethod
    async def send(self, mail: Mail) -> None:
        """Hand over a mail; when this returns, somebody else is responsible for it.

        Raises:
            MailRefusedError: it was refused for good.
            ServiceUnavailableError: it could not be handed over now.
        """


class DeliveryClaim(StrEnum):
    """What became of the wish to send a notification."""

    GRANTED = "granted"
    """Nobody sent it and nobody is at it: send it."""
    HELD = "held"
    """Somebody else is sending it at this moment."""
    SENT = "sent"
    """It was sent before."""


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
    async def forget_before(self, moment: datetime) -> int:
        """Delete entries that were recorded as sent before a moment, and give how many there were."""
