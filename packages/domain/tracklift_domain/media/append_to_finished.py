"""Handles an append to a file that is already finished."""

from collections.abc import AsyncIterable

from tracklift_domain.media.errors import WriterSupersededError, WrongOffsetError
from tracklift_domain.media.stored_media import StoredMedia


async def append_to_finished(stored: StoredMedia, chunks: AsyncIterable[bytes], *, start: int) -> int:
    """Return the size of a finished file to a writer that adds nothing, such as one that missed the first answer.

    Raises:
        WrongOffsetError: the writer does not begin at the end of the file.
        WriterSupersededError: the writer adds bytes.
    """
    if start != stored.size:
        raise WrongOffsetError(stored.size)
    async for chunk in chunks:
        if chunk:
            raise WriterSupersededError(stored.id)
    return stored.size
