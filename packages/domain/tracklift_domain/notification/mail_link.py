"""Mails a user a link: to verify or change an address, to reset a password, or to accept an invitation."""

import logging
from datetime import datetime

from tracklift_domain.clock import Clock
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.send_once import SendOnce
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.mailed_link.events import (
    EmailChangeRequested,
    EmailVerificationRequested,
    LinkRequested,
    PasswordResetRequested,
    UserInvited,
)

_log = logging.getLogger(__name__)
_KINDS: dict[type[LinkRequested], NotificationKind] = {
    EmailVerificationRequested: NotificationKind.VERIFY_EMAIL,
    PasswordResetRequested: NotificationKind.RESET_PASSWORD,
    UserInvited: NotificationKind.INVITATION,
    EmailChangeRequested: NotificationKind.CHANGE_EMAIL,
}


class MailLink:
    """Sends the mail with a single-use link that expires.

    The event contains the token, so it is kept no longer than the token is valid, and is never dead-lettered: if its
    mail can't be sent, the event is dropped, and the user has to request another mail.
    """

    def __init__(self, *, send_once: SendOnce, clock: Clock) -> None:
        self._send_once = send_once
        self._clock = clock

    async def __call__(self, event: Event) -> Disposition:
        """Handle the request for a link.

        Raises:
            ServiceUnavailableError: mail or log can't be reached; nothing is recorded, so the event may be redelivered.
        """
        if not isinstance(event, LinkRequested):
            return DeadLetter(f"unexpected event type {event.type}")
        try:
            expired = datetime.fromisoformat(event.expires_at) <= self._clock.now()
            recipient = EmailAddress(event.email)
        except (ValueError, TypeError, InvalidEmailAddressError) as error:
            return _let_go(event, f"it makes no sense ({type(error).__name__})")
        if expired:
            return _let_go(event, "its link has expired")
        disposition = await self._send_once(notification_of(event, recipient))
        if isinstance(disposition, DeadLetter):
            return _let_go(event, disposition.reason)
        return disposition


def notification_of(event: LinkRequested, recipient: EmailAddress) -> Notification:
    """Turn an event into the notification of its user. Facts: token, expires_at (RFC 3339)."""
    return Notification(
        event_id=event.id,
        recipient=recipient,
        kind=_KINDS[type(event)],
        facts={"token": event.token, "expires_at": event.expires_at},
    )


def _let_go(event: LinkRequested, reason: str) -> Done:
    _log.warning("Event %s is let go without a mail: %s", event.id, reason)
    return Done()
