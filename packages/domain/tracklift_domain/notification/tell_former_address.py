"""Tells the address of before that an account has another one."""

from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.send_once import SendOnce
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.events import UserEmailChanged


class TellFormerAddress:
    """Sends the mail from which a user learns that somebody else has changed the address."""

    def __init__(self, *, send_once: SendOnce) -> None:
        self._send_once = send_once

    async def __call__(self, event: Event) -> Disposition:
        """Handle the news that an address was changed. Facts: email, the new address.

        Raises:
            ServiceUnavailableError: mail or log can't be reached; nothing is noted, so the event may be redelivered.
        """
        if not isinstance(event, UserEmailChanged):
            return DeadLetter(f"unexpected event type {event.type}")
        try:
            recipient = EmailAddress(event.previous_email)
        except InvalidEmailAddressError as error:
            return DeadLetter(f"event {event.id} names no address: {error}")
        return await self._send_once(
            Notification(
                event_id=event.id,
                recipient=recipient,
                kind=NotificationKind.EMAIL_CHANGED,
                facts={"email": event.email},
            )
        )
