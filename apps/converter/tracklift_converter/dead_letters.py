"""What whoever runs the services does with events that were set aside, of whichever service.

The converter has what that needs, RabbitMQ and the conversions, so the commands are here.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from tracklift_converter.runtime import ConverterRuntime
from tracklift_converter.settings import ConverterSettings
from tracklift_domain.conversion.redrive_dead_letter import RedriveDeadLetter
from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_runtime.cloud_events import decode_event


async def list_dead_letters(
    settings: ConverterSettings, queue: str, *, limit: int
) -> Sequence[DeadLetterRecord]:
    """Give at most `limit` dead letters of a queue, oldest first.

    Raises:
        ServiceUnavailableError: RabbitMQ can't be reached.
    """
    async with _opened(settings) as runtime:
        return await runtime.broker().list(queue, limit=limit)


async def redrive_dead_letter(settings: ConverterSettings, queue: str, letter_id: str) -> None:
    """Put a dead letter back into its queue. A conversion that has failed gets new attempts.

    Raises:
        DeadLetterNotFoundError: there is none of this id.
        ServiceUnavailableError: RabbitMQ or MongoDB can't be reached.
    """
    async with _opened(settings) as runtime:
        redrive = RedriveDeadLetter(
            dead_letters=runtime.broker(),
            read_event=decode_event,
            conversions=runtime.conversions(),
            clock=runtime.clock(),
            attempts=settings.attempt_policy,
        )
        await redrive(queue, letter_id)


@asynccontextmanager
async def _opened(settings: ConverterSettings) -> AsyncIterator[ConverterRuntime]:
    runtime = ConverterRuntime(settings=settings)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(runtime.database().close)
        stack.push_async_callback(runtime.broker().close)
        await runtime.broker().open()
        yield runtime
