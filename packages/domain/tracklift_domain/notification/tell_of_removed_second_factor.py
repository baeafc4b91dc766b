"""Tells a user that the second factor of the account was removed."""

from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.send_once import SendOnce
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.events import SecondFactorRemoved


class TellOfRemovedSecondFactor:
    """Sends the mail from which a user learns that the password alone is enough now."""

    def __init__(self, *, send_once: SendOnce) -> None:
        self._send_once = send_once

    async def __call__(self, event: Event) -> Disposition:
        """Handle the news of a removal. Facts: by_admin, 1 where the user has not done it.

        Raises:
            ServiceUnavailableError: mail or log can't be reached; nothing is noted, so the event may be redelivered.
        """
        if not isinstance(event, SecondFactorRemoved):
            return DeadLetter(f"unexpected event type {event.type}")
        try:
            recipient = EmailAddress(event.email)
        except InvalidEmailAddressError as error:
            return DeadLetter(f"event {event.id} names no address: {error}")
        return await self._send_once(
            Notification(
                event_id=event.id,
                recipient=recipient,
                kind=NotificationKind.SECOND_FACTOR_REMOVED,
                facts={"by_admin": event.by_admin},
            )
        )
