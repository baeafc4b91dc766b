"""The operator's commands for dead letters, which may run while Tracklift is serving."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_standalone.container import StandaloneContainer, build
from tracklift_standalone.existing_data import check_data
from tracklift_standalone.settings import StandaloneSettings


async def list_dead_letters(
    settings: StandaloneSettings, queues: Sequence[str], *, limit: int
) -> list[DeadLetterRecord]:
    """Give at most `limit` dead letters of each queue, oldest first.

    Raises:
        NoDataError, UnusableQueueFileError, ServiceUnavailableError: the queue can't be opened.
    """
    async with _opened(settings) as container:
        return [letter for queue in queues for letter in await container.queue().list(queue, limit=limit)]


async def redrive_dead_letter(settings: StandaloneSettings, queue: str, letter_id: str) -> None:
    """Put a dead letter back into its queue. A serving process handles it within a second.

    Raises:
        DeadLetterNotFoundError: there is none with this id.
        NoDataError, UnusableQueueFileError, ServiceUnavailableError: queue or database can't be used.
    """
    async with _opened(settings) as container:
        await container.redrive_dead_letter()(queue, letter_id)


@asynccontextmanager
async def _opened(settings: StandaloneSettings) -> AsyncIterator[StandaloneContainer]:
    # The folder is not locked: several processes may use queue and database concurrently.
    check_data(settings, settings.queue_file)
    container = build(settings)
    async with container.exits():
        await container.queue().open()
        yield container
