"""Deletes conversions with all that belongs to them."""

from tracklift_domain.conversion.changing import get_owned
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.discarding import discard_media
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.ports import ConversionRepository, MediaStore
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done
from tracklift_domain.user.events import UserDeleted
from tracklift_domain.user.user import Caller

_PAGE = 100


class DeleteConversion:
    """Deletes a conversion in whatever state it is, with its video and its MP3."""

    def __init__(self, *, conversions: ConversionRepository, media: MediaStore) -> None:
        self._conversions = conversions
        self._media = media

    async def __call__(self, caller: Caller, conversion_id: ConversionId) -> None:
        """Delete the conversion. Raises `ConversionNotFoundError`, also for somebody else's."""
        await self.delete(await get_owned(self._conversions, caller, conversion_id))

    async def delete(self, conversion: Conversion) -> None:
        """Delete this conversion, whoever asks. Raises `ConversionNotFoundError`."""
        while True:
            try:
                await self._conversions.remove(conversion)
                break
            except StaleConversionError:
                conversion = await self._conversions.get(conversion.id)
        await discard_media(self._media, conversion, removed=True)


class DeleteConversionsOfUser:
    """Deletes all conversions of a user who is gone."""

    def __init__(self, *, conversions: ConversionRepository, delete_conversion: DeleteConversion) -> None:
        self._conversions = conversions
        self._delete_conversion = delete_conversion

    async def __call__(self, event: Event) -> Disposition:
        """Handle the news that a user was deleted."""
        if not isinstance(event, UserDeleted):
            return DeadLetter(f"no deleted user but {event.type}")
        while owned := await self._conversions.list_owned(event.user_id, limit=_PAGE):
            for conversion in owned:
                try:
                    await self._delete_conversion.delete(conversion)
                except ConversionNotFoundError:
                    continue
        return Done()
