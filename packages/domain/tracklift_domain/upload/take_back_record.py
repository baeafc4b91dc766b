"""Removes the record of an upload that was not accepted."""

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.optimistic_update import repeat_when_stale
from tracklift_domain.conversion.ports import ConversionRepository


async def take_back_record(conversions: ConversionRepository, begun: Conversion) -> Conversion | None:
    """Remove the record if it is still uploading; otherwise return the stored conversion.

    Raises:
        ServiceUnavailableError: the storage can't be reached.
        StaleConversionError: another writer was faster on every try.
    """
    return await repeat_when_stale(lambda: _try_take_back(conversions, begun))


async def _try_take_back(conversions: ConversionRepository, begun: Conversion) -> Conversion | None:
    try:
        stored = await conversions.get(begun.id)
        if stored.state is not ConversionState.UPLOADING:
            return stored
        await conversions.remove(stored)
    except ConversionNotFoundError:
        pass  # It was deleted, or never stored.
    return None
