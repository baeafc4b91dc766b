"""Accepts a new conversion, or leaves nothing of it behind."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.errors import ConversionExistsError
from tracklift_domain.errors import DomainError
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_domain.upload.errors import UploadInProgressError

RACE_LASTS = timedelta(seconds=1)
"""How long a client should wait before it tries again after losing a race with another request."""


async def accept_or_take_back(
    begun: Conversion,
    accept: Callable[[], Awaitable[Conversion]],
    *,
    find_earlier: Callable[[], Awaitable[Conversion | None]],
    take_back: Callable[[Conversion], Awaitable[Conversion | None]],
) -> Conversion:
    """Accept and return a conversion, or the one that another request has since begun with the same idempotency key.

    Args:
        begun: the conversion, of which nothing is stored yet.
        accept: stores it, and whatever else it needs.
        find_earlier: returns the conversion with the same idempotency key.
        take_back: removes what `accept` left behind; returns the conversion if it was accepted after all, which happens
            when only the confirmation was lost.

    Raises:
        UploadInProgressError: the other request gave up just as this one found it.
        DomainError: any that `accept` raises; nothing is left behind.
    """
    try:
        return await accept()
    except ConversionExistsError as error:
        earlier = await find_earlier()
        if earlier is None:
            raise UploadInProgressError(begun.id, RACE_LASTS) from error
        return earlier
    except DomainError:
        accepted = await run_to_completion(take_back(begun))
        if accepted is None:
            raise
        return accepted
    except BaseException:
        # A client that disconnects cancels the request; the clean-up must run to completion even then.
        await run_to_completion(take_back(begun))
        raise
