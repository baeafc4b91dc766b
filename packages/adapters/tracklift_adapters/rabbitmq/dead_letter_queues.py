import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from tracklift_adapters.rabbitmq import messages
from tracklift_adapters.rabbitmq.channel import Channel, Message
from tracklift_adapters.rabbitmq.connection import Connection
from tracklift_adapters.rabbitmq.errors import ChannelClosedError, driver_errors_translated
from tracklift_adapters.rabbitmq.publishing import ConfirmedPublishing
from tracklift_adapters.rabbitmq.topology import dead_queue
from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_domain.messaging.errors import DeadLetterNotFoundError

_NOT_FOUND, _RESOURCE_LOCKED = 404, 405
_LOOK_AGAIN = 0.05
"""Seconds."""


class DeadLetterQueues:
    """Looks at dead letters and puts them back to work. Lives in the loop thread.

    RabbitMQ has no way to look at a message but taking it, so all are taken and given back at the end of a look; a
    crash gives them back too. Whoever looks at the same time waits for its turn.
    """

    def __init__(self, connection: Connection, publishing: ConfirmedPublishing, patience: float) -> None:
        self._connection = connection
        self._publishing = publishing
        self._patience = patience
        self._turn = asyncio.Lock()

    async def oldest(self, queue: str, limit: int) -> Sequence[DeadLetterRecord]:
        """Give at most `limit` dead letters, oldest first."""
        async with self._look(queue) as (_, letters):
            # Letters that were given back come first, in whatever order, so the oldest may be anywhere.
            records = sorted(
                (messages.record_of(letter, queue) for letter in letters), key=lambda record: record.died_at
            )
        return tuple(records[:limit])

    async def put_back(self, queue: str, letter_id: str) -> None:
        """Move a dead letter into its queue. Raises `DeadLetterNotFoundError`."""
        async with self._look(queue) as (channel, letters):
            for letter in letters:
                if messages.record_of(letter, queue).id == letter_id:
                    await self._publishing.publish("", queue, letter.body, messages.revived(letter))
                    with driver_errors_translated():
                        channel.driver.basic_ack(letter.tag)
                    return
        raise DeadLetterNotFoundError(queue, letter_id)

    @asynccontextmanager
    async def _look(self, queue: str) -> AsyncIterator[tuple[Channel, Sequence[Message]]]:
        async with self._turn:
            channel = await self._connection.channel()
            try:
                yield channel, await self._take_all(channel, queue)
            finally:
                await channel.close()

    async def _take_all(self, channel: Channel, queue: str) -> Sequence[Message]:
        letters: list[Message] = []
        try:
            while (letter := await channel.get(dead_queue(queue))) is not None:
                letters.append(letter)
        except ChannelClosedError as error:
            if error.reply_code != _NOT_FOUND:
                raise
        return letters
