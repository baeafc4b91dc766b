"""What becomes of bytes for a file that is finished."""

from collections.abc import AsyncIterable

from tracklift_domain.media.errors import WriterSupersededError, WrongOffsetError
from tracklift_domain.media.stored_media import StoredMedia


async def append_to_finished(stored: StoredMedia, chunks: AsyncIterable[bytes], *, start: int) -> int:
    """Give the size of a finished file to a writer that adds nothing, as one whose answer was lost.

    Raises:
        WrongOffsetError: the writer begins elsewhere than at the end.
        WriterSupersededError: it adds bytes.
    """
    if start != stored.size:
        raise WrongOffsetError(stored.size)
    async for chunk in chunks:
        if chunk:
            raise WriterSupersededError(stored.id)
    return stored.size
