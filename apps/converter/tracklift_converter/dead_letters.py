"""The operator's commands for the dead letters of all services.

They are here because the converter has access to what they need: RabbitMQ and the conversions.
"""

from collections.abc import Sequence

from tracklift_converter.container import build
from tracklift_converter.settings import ConverterSettings
from tracklift_domain.messaging.delivery import DeadLetterRecord


async def list_dead_letters(
    settings: ConverterSettings, queue: str, *, limit: int
) -> Sequence[DeadLetterRecord]:
    """Give at most `limit` dead letters of a queue, oldest first.

    Raises:
        ServiceUnavailableError: RabbitMQ can't be reached.
    """
    container = build(settings)
    async with container.exits():
        await container.broker().open()
        return await container.broker().list(queue, limit=limit)


async def redrive_dead_letter(settings: ConverterSettings, queue: str, letter_id: str) -> None:
    """Put a dead letter back into its queue. A conversion that has failed gets new attempts.

    Raises:
        DeadLetterNotFoundError: there is none with this id.
        ServiceUnavailableError: RabbitMQ or MongoDB can't be reached.
    """
    container = build(settings)
    async with container.exits():
        await container.broker().open()
        await container.redrive_dead_letter()(queue, letter_id)
