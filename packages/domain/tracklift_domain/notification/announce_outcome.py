"""Tells a user how a conversion ended."""

import asyncio
import logging
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.finishing import finish
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.ports import DeliveryClaim, DeliveryLog, MailComposer, Mailer
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError

_log = logging.getLogger(__name__)
SENDING_TAKES = timedelta(minutes=2)
"""How long a claim on one mail holds; then another sender may try."""


class AnnounceOutcome:
    """Sends the mail about a finished or failed conversion, once per event and recipient.

    A crash, or an outage of the log, between handing over and noting it is the one case in which a mail is handed over
    twice, and it then has the same Message-ID.
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
        """Make the announcer. Handing over is broken off after `longest_sending`, while the claim still holds."""
        self._composer = composer
        self._mailer = mailer
        self._log = log
        self._clock = clock
        self._longest_sending = longest_sending

    async def __call__(self, event: Event) -> Disposition:
        """Handle the outcome of a conversion.

        Raises:
            ServiceUnavailableError: mail or log can't be reached; nothing is noted, so the event may come again.
        """
        try:
            notification = notification_of(event)
        except InvalidEmailAddressError as error:
            return DeadLetter(f"event {event.id} names no address: {error}")
        if notification is None:
            return DeadLetter(f"no outcome of a conversion but {event.type}")
        now = self._clock.now()
        match await self._log.claim(notification.key, now=now, until=now + SENDING_TAKES):
            case DeliveryClaim.SENT:
                _log.info("Event %s is dropped: its mail was sent already.", event.id)
                return Done()
            case DeliveryClaim.HELD:
                return RetryAfter(SENDING_TAKES, "another sender is at this mail")
        return await self._send(notification)

    async def _send(self, notification: Notification) -> Disposition:
        try:
            await self._hand_over(notification)
        except MailRefusedError as error:
            await self._release(notification)
            return DeadLetter(str(error))
        except BaseException:
            await finish(self._release(notification))
            raise
        await finish(self._log.record_sent(notification.key, self._clock.now()))
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


def notification_of(event: Event) -> Notification | None:
    """Make of an event what its user is told, `None` if the event is nothing to tell.

    Facts of `AUDIO_READY`: conversion_id, video_name, audio_name, audio_size (bytes), audio_duration (seconds),
    available_until (RFC 3339). Facts of `CONVERSION_FAILED`: conversion_id, video_name, code, detail.

    Raises:
        InvalidEmailAddressError: the event's address is none.
    """
    if isinstance(event, ConversionCompleted):
        return Notification(
            event_id=event.id,
            recipient=EmailAddress(event.email),
            kind=NotificationKind.AUDIO_READY,
            facts={
                "conversion_id": event.conversion_id,
                "video_name": event.video_name,
                "audio_name": event.audio_name,
                "audio_size": event.audio_size,
                "audio_duration": event.audio_duration,
                "available_until": event.available_until,
            },
        )
    if isinstance(event, ConversionFailed):
        return Notification(
            event_id=event.id,
            recipient=EmailAddress(event.email),
            kind=NotificationKind.CONVERSION_FAILED,
            facts={
                "conversion_id": event.conversion_id,
                "video_name": event.video_name,
                "code": event.code,
                "detail": event.detail,
            },
        )
    return None
