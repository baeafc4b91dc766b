"""Finds the conversion begun earlier with the same idempotency key, however its video was uploaded."""

from collections.abc import Callable
from datetime import datetime, timedelta

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import UserId
from tracklift_domain.upload.errors import IdempotencyKeyReusedError


async def find_earlier(
    conversions: ConversionRepository, user_id: UserId, key: str | None, is_same: Callable[[Conversion], bool]
) -> Conversion | None:
    """Return the conversion that a user began with a key; `None` without a key or without such a conversion.

    Raises:
        IdempotencyKeyReusedError: it is not the same as the one that is requested now.
    """
    if key is None:
        return None
    earlier = await conversions.find_by_idempotency_key(user_id, key)
    if earlier is not None and not is_same(earlier):
        raise IdempotencyKeyReusedError
    return earlier


def may_have_been_sent_as(earlier: Conversion, name: str) -> bool:
    """Return whether a video may have been sent under a name. Once it is stored, its user may have renamed it."""
    return earlier.state is not ConversionState.UPLOADING or earlier.source.name == name


def hold_left(earlier: Conversion, now: datetime) -> timedelta:
    """Return how long the request that began a conversion may still hold it; not above zero if it no longer does."""
    return (earlier.upload_held_until or now) - now
