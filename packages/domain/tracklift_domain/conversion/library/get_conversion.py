"""Shows one conversion."""

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.optimistic_update import get_owned
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.access.caller import Caller


class GetConversion:
    """Gives a conversion to its owner."""

    def __init__(self, *, conversions: ConversionRepository) -> None:
        self._conversions = conversions

    async def __call__(self, caller: Caller, conversion_id: ConversionId) -> Conversion:
        """Give the conversion. Raises `ConversionNotFoundError`, also for another user's."""
        return await get_owned(self._conversions, caller, conversion_id)
