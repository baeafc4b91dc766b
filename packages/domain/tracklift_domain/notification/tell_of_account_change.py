"""Notifies a user of a change to the account that someone else may have made."""

from collections.abc import Mapping

from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.send_once import SendOnce
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.events import UserEmailChanged
from tracklift_domain.user.second_factor.events import SecondFactorRemoved


class TellOfAccountChange:
    """Sends the mail about a changed address (to the previous address) or about a removed second factor."""

    def __init__(self, *, send_once: SendOnce) -> None:
        self._send_once = send_once

    async def __call__(self, event: Event) -> Disposition:
        """Handle the event of a change.

        Facts: email, the new address; or by_admin, whether an admin and not the user removed the second factor.

        Raises:
            ServiceUnavailableError: mail or log can't be reached; nothing is recorded, so the event may be redelivered.
        """
        facts: Mapping[str, str | int]
        match event:
            case UserEmailChanged():
                address, kind = event.previous_email, NotificationKind.EMAIL_CHANGED
                facts = {"email": event.email}
            case SecondFactorRemoved():
                address, kind = event.email, NotificationKind.SECOND_FACTOR_REMOVED
                facts = {"by_admin": event.by_admin}
            case _:
                return DeadLetter(f"unexpected event type {event.type}")
        try:
            recipient = EmailAddress(address)
        except InvalidEmailAddressError as error:
            return DeadLetter(f"event {event.id} names no address: {error}")
        return await self._send_once(
            Notification(event_id=event.id, recipient=recipient, kind=kind, facts=facts)
        )
