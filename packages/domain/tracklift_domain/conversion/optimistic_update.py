"""Changing a stored conversion that others may change concurrently."""

from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.access.caller import Caller

_Result = TypeVar("_Result")
_TRIES = 50
"""One of two writers always wins, so many consecutive lost races mean that something else is wrong."""


async def change_conversion(
    conversions: ConversionRepository,
    conversion_id: ConversionId,
    transition: Callable[[Conversion], Conversion],
    announce: Callable[[Conversion], Sequence[Event]] | None = None,
) -> Conversion:
    """Apply a transition to the stored conversion, and repeat it if another writer was faster.

    `announce` gives the events to store with it. Raises what `transition` raises, and `ConversionNotFoundError`.
    """
    return await repeat_when_stale(lambda: _try_change(conversions, conversion_id, transition, announce))


async def remove_conversion(conversions: ConversionRepository, conversion_id: ConversionId) -> Conversion:
    """Remove the stored conversion, and return it. Raises `ConversionNotFoundError`."""
    return await repeat_when_stale(lambda: _try_remove(conversions, conversion_id))


async def repeat_when_stale(step: Callable[[], Awaitable[_Result]]) -> _Result:
    """Run a step that reads and writes, and repeat it if another writer was faster."""
    for _ in range(_TRIES - 1):
        try:
            return await step()
        except StaleConversionError:
            continue
    return await step()


async def _try_change(
    conversions: ConversionRepository,
    conversion_id: ConversionId,
    transition: Callable[[Conversion], Conversion],
    announce: Callable[[Conversion], Sequence[Event]] | None,
) -> Conversion:
    changed = transition(await conversions.get(conversion_id))
    await conversions.replace(changed, announce(changed) if announce else ())
    return changed


async def _try_remove(conversions: ConversionRepository, conversion_id: ConversionId) -> Conversion:
    stored = await conversions.get(conversion_id)
    await conversions.remove(stored)
    return stored


async def get_owned(
    conversions: ConversionRepository, caller: Caller, conversion_id: ConversionId
) -> Conversion:
    """Give one of the caller's conversions. Another user's is not found, so that its existence is not disclosed."""
    conversion = await conversions.get(conversion_id)
    if conversion.owner.user_id != caller.user_id:
        raise ConversionNotFoundError(conversion_id)
    return conversion
