"""Sends each mail once, for every kind of notification."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.notification import Notification
from tracklift_domain.notification.ports import DeliveryClaim, DeliveryLog, MailComposer, Mailer
from tracklift_domain.run_to_completion import run_to_completion

_log = logging.getLogger(__name__)
SENDING_TAKES = timedelta(minutes=2)
"""How long a claim on a mail lasts; after that another sender may try."""
LOOK_AGAIN = timedelta(seconds=15)
"""How soon an event is redelivered while another sender holds its mail: most mails are sent within a second."""
Admission = Callable[[Notification], Awaitable[bool]]
"""Returns whether to send a notification now; if not, it has taken the notification over."""


class SendOnce:
    """Sends the mail of a notification once per event and recipient.

    A mail is handed over twice only after a crash, or an outage of the log, between handing it over and recording that.
    Both then have the same Message-ID.
    """

    def __init__(
        self,
        *,
        composer: MailComposer,
        mailer: Mailer,
        log: DeliveryLog,
        clock: Clock,
        longest_sending: timedelta = SENDING_TAKES * 0.75,
    ) -> None:
        """Make the sender. Handing over is aborted after `longest_sending`, while the claim is still valid."""
        self._composer = composer
        self._mailer = mailer
        self._log = log
        self._clock = clock
        self._longest_sending = longest_sending

    async def __call__(self, notification: Notification, *, admit: Admission | None = None) -> Disposition:
        """Send the mail unless it was already sent, and return what becomes of its event.

        If the mail is refused, the event is dead-lettered. `admit` may take over the notification instead of having it
        sent; that is recorded in the same way as a sent mail.

        Raises:
            ServiceUnavailableError: mail or log can't be reached; nothing is recorded, so the event may be redelivered.
        """
        now = self._clock.now()
        match await self._log.claim(notification.key, now=now, until=now + SENDING_TAKES):
            case DeliveryClaim.SENT:
                _log.info("Event %s is dropped: its mail was sent already.", notification.event_id)
                return Done()
            case DeliveryClaim.HELD:
                return RetryAfter(LOOK_AGAIN, "another sender holds this mail")
        return await self._send(notification, admit)

    async def _send(self, notification: Notification, admit: Admission | None) -> Disposition:
        try:
            if admit is None or await admit(notification):
                await self._hand_over(notification)
        except MailRefusedError as error:
            await self._release(notification)
            return DeadLetter(str(error))
        except BaseException:
            await run_to_completion(self._release(notification))
            raise
        await run_to_completion(self._log.record_sent(notification.key, self._clock.now()))
        return Done()

    async def _hand_over(self, notification: Notification) -> None:
        mail = self._composer.compose(notification)
        seconds = self._longest_sending.total_seconds()
        try:
            async with asyncio.timeout(seconds):
                await self._mailer.send(mail)
        except TimeoutError as error:
            raise ServiceUnavailableError("the mail service", f"it took over {seconds:g} seconds") from error

    async def _release(self, notification: Notification) -> None:
        try:
            await self._log.release(notification.key)
        except ServiceUnavailableError as error:
            _log.warning("The claim on mail %s stays until it runs out: %s", notification.key, error)
