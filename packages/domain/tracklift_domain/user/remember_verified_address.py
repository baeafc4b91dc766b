"""Remembers whose address was verified."""

from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.events import UserEmailVerified
from tracklift_domain.user.ports import VerifiedAddresses


class RememberVerifiedAddress:
    """Stores the verified addresses that auth announces."""

    def __init__(self, *, verified: VerifiedAddresses) -> None:
        self._verified = verified

    async def __call__(self, event: Event) -> Disposition:
        """Handle a verified address.

        Raises:
            ServiceUnavailableError: the storage can't be reached, so the event must be redelivered.
        """
        if not isinstance(event, UserEmailVerified):
            return DeadLetter(f"unexpected event type {event.type}")
        try:
            email = EmailAddress(event.email)
        except InvalidEmailAddressError as error:
            return DeadLetter(f"event {event.id} names no address: {error}")
        await self._verified.record(event.user_id, email)
        return Done()
