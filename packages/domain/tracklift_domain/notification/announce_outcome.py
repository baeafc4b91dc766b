"""Notifies a user how a conversion ended."""

import logging

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done
from tracklift_domain.notification.hour_of_mails import end_of_hour
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.policies import MAILS_PER_HOUR
from tracklift_domain.notification.ports import Allowance, HourlyMails
from tracklift_domain.notification.send_once import SendOnce
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError

_log = logging.getLogger(__name__)


class AnnounceOutcome:
    """Sends the mail about a completed or failed conversion, but only to a verified address.

    Anyone can sign up with another person's address; that person gets no mail except the link to verify it.
    """

    def __init__(
        self, *, send_once: SendOnce, mails: HourlyMails, clock: Clock, mails_per_hour: int = MAILS_PER_HOUR
    ) -> None:
        """Send at most `mails_per_hour` to one recipient; the other outcomes go into the digest of that hour."""
        self._send_once = send_once
        self._mails = mails
        self._clock = clock
        self._mails_per_hour = mails_per_hour

    async def __call__(self, event: Event) -> Disposition:
        """Handle the outcome of a conversion.

        Raises:
            ServiceUnavailableError: mail or log can't be reached; nothing is recorded, so the event may be redelivered.
        """
        try:
            notification = notification_of(event)
        except InvalidEmailAddressError as error:
            return DeadLetter(f"event {event.id} has an invalid address: {error}")
        if notification is None:
            return DeadLetter(f"unexpected event type {event.type}")
        if not _may_be_mailed(event):
            _log.info("Event %s is not mailed: its user's address is not verified.", event.id)
            return Done()
        return await self._send_once(notification, admit=self._admit)

    async def _admit(self, notification: Notification) -> bool:
        allowance = await self._mails.admit(
            notification, ends_at=end_of_hour(self._clock.now()), at_most=self._mails_per_hour
        )
        return allowance is Allowance.MAIL


def notification_of(event: Event) -> Notification | None:
    """Turn an event into the notification of its user; `None` if it is not an outcome.

    Facts of `AUDIO_READY`: conversion_id, video_name, audio_name, audio_size (bytes), audio_duration (seconds),
    available_until (RFC 3339), audio_damage (seconds) if any of it could not be decoded and is silent, and
    audio_cut_off (seconds, 0.0 if their number is not known) if the recording broke off. Facts of
    `CONVERSION_FAILED`: conversion_id, video_name, code, detail.

    Raises:
        InvalidEmailAddressError: the event's address is not valid.
    """
    if isinstance(event, ConversionCompleted):
        silence = {"audio_damage": event.audio_damage} if event.audio_damage > 0 else {}
        cut_off = {} if event.audio_cut_off is None else {"audio_cut_off": event.audio_cut_off}
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
                **silence,
                **cut_off,
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


def _may_be_mailed(event: Event) -> bool:
    return isinstance(event, ConversionCompleted | ConversionFailed) and event.email_verified
