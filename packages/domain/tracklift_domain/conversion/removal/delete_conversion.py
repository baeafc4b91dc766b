"""Deletes conversions with their videos and MP3s."""

from datetime import timedelta

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.optimistic_update import get_owned, remove_conversion
from tracklift_domain.conversion.ports import AudioLedger, ConversionRepository
from tracklift_domain.conversion.removal.media_cleanup import discard_removed
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.ports import MediaStore
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.ended_access import EndedAccess
from tracklift_domain.user.events import UserDeleted
from tracklift_domain.user.ports import UserQuotas, VerifiedAddresses

_PAGE = 100
_PAUSE = timedelta(seconds=10)


class DeleteConversion:
    """Deletes a conversion in any state, with its video and its MP3."""

    def __init__(self, *, conversions: ConversionRepository, media: MediaStore, feed: UpdateFeed) -> None:
        self._conversions = conversions
        self._media = media
        self._feed = feed

    async def __call__(self, caller: Caller, conversion_id: ConversionId) -> None:
        """Delete the conversion. Raises `ConversionNotFoundError`, also for another user's."""
        await self.delete(await get_owned(self._conversions, caller, conversion_id))

    async def delete(self, conversion: Conversion) -> None:
        """Delete this conversion, for any caller. Raises `ConversionNotFoundError`."""
        removed = await remove_conversion(self._conversions, conversion.id)
        await discard_removed(self._conversions, self._media, self._feed, removed)


class DeleteConversionsOfUser:
    """Deletes all conversions of a deleted user, and ends the user's access tokens and event streams.

    Also deletes whether the user's address was verified, how much audio was made, and the user's limits.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        feed: UpdateFeed,
        verified: VerifiedAddresses,
        ledger: AudioLedger,
        quotas: UserQuotas,
        ended_access: EndedAccess,
        delete_conversion: DeleteConversion,
    ) -> None:
        self._conversions = conversions
        self._verified = verified
        self._ledger = ledger
        self._quotas = quotas
        self._ended_access = ended_access
        self._feed = feed
        self._delete_conversion = delete_conversion

    async def __call__(self, event: Event) -> Disposition:
        """Handle the deletion of a user."""
        if not isinstance(event, UserDeleted):
            return DeadLetter(f"no deleted user but {event.type}")
        await self._ended_access.record(event.user_id, event.time)
        await self._feed.end(event.user_id)
        await self._verified.forget(event.user_id)
        while owned := await self._conversions.list_owned(event.user_id, limit=_PAGE):
            deleted = [await self._delete(conversion) for conversion in owned]
            if not any(deleted):
                return RetryAfter(_PAUSE, "somebody else deletes the same conversions")
        await self._ledger.forget(event.user_id)
        await self._quotas.forget(event.user_id)
        return Done()

    async def _delete(self, conversion: Conversion) -> bool:
        try:
            await self._delete_conversion.delete(conversion)
        except ConversionNotFoundError:
            return False
        return True
