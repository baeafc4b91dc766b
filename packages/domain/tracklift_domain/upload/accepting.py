"""How a new conversion is accepted, or leaves nothing behind."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.errors import ConversionExistsError
from tracklift_domain.errors import DomainError
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_domain.upload.errors import UploadInProgressError

RACE_LASTS = timedelta(seconds=1)
"""How long a client waits before it asks again, after another request was faster."""


async def accept_or_take_back(
    begun: Conversion,
    accept: Callable[[], Awaitable[Conversion]],
    *,
    find_earlier: Callable[[], Awaitable[Conversion | None]],
    take_back: Callable[[Conversion], Awaitable[Conversion | None]],
) -> Conversion:
    """Accept a conversion; give it, or the one that another request began with the same idempotency key meanwhile.

    Args:
        begun: the conversion, of which nothing is stored yet.
        accept: stores it, and whatever else it needs.
        find_earlier: gives the conversion of the same idempotency key.
        take_back: removes what `accept` left behind; gives the conversion if it was accepted after all, as when only
            the confirmation was lost.

    Raises:
        UploadInProgressError: the other request gave up as this one found it.
        DomainError: any of `accept`, after which nothing is left.
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
        # A client that goes away cancels the request; the clean-up must run to its end all the same.
        await run_to_completion(take_back(begun))
        raise
