"""Remembers the limits that admins have set for users."""

from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done
from tracklift_domain.user.errors import InvalidQuotaError
from tracklift_domain.user.events import UserQuotaChanged
from tracklift_domain.user.ports import UserQuotas


class RememberUserQuota:
    """Stores the limits of users that auth announces."""

    def __init__(self, *, quotas: UserQuotas) -> None:
        self._quotas = quotas

    async def __call__(self, event: Event) -> Disposition:
        """Handle a change of a user's limits. An older change that arrives late has no effect.

        Raises:
            ServiceUnavailableError: the storage can't be reached, so the event must be redelivered.
        """
        if not isinstance(event, UserQuotaChanged):
            return DeadLetter(f"unexpected event type {event.type}")
        try:
            quota = event.quota
        except InvalidQuotaError as error:
            return DeadLetter(f"event {event.id} has no valid limits: {error}")
        await self._quotas.record(event.user_id, quota, revision=event.revision)
        return Done()
