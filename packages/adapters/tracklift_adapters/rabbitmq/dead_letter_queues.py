import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from tracklift_adapters.rabbitmq import messages
from tracklift_adapters.rabbitmq.channel import Channel, Message
from tracklift_adapters.rabbitmq.connection import Connection
from tracklift_adapters.rabbitmq.errors import (
    SERVICE,
    ChannelClosedError,
    NotConnectedError,
    driver_errors_translated,
)
from tracklift_adapters.rabbitmq.publishing import ConfirmedPublishing
from tracklift_adapters.rabbitmq.topology import dead_queue
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.messaging.delivery import DeadLetterRecord
from tracklift_domain.messaging.errors import DeadLetterNotFoundError

MOST_LETTERS = 10_000
"""As many are looked at; of those behind them nothing is seen until some of these are gone."""
_NOT_FOUND, _RESOURCE_LOCKED = 404, 405
_ASK_AGAIN = 0.05
"""Seconds."""
_FORGOTTEN = 60_000
"""Milliseconds after which the sign of somebody who was interrupted does not count any more."""


class DeadLetterQueues:
    """Looks at dead letters and puts them back to work. Lives in the loop thread.

    RabbitMQ has no way to look at a message but to take it, so all are taken and given back at the end of the look; a
    crash gives them back too. Meanwhile they show as unacknowledged. Another process that wants to look waits,
    as it would find nothing. The sign of a look is a queue that only one connection may use.
    """

    def __init__(self, connection: Connection, publishing: ConfirmedPublishing, patience: float) -> None:
        """Look over a connection; a turn is waited for `patience` seconds."""
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

    async def get(self, queue: str, letter_id: str) -> DeadLetterRecord:
        """Give one dead letter. Raises `DeadLetterNotFoundError`."""
        async with self._look(queue) as (_, letters):
            return messages.record_of(_find(letters, queue, letter_id), queue)

    async def put_back(self, queue: str, letter_id: str) -> None:
        """Move a dead letter into its queue; a crash may leave it in both. Raises `DeadLetterNotFoundError`."""
        async with self._look(queue) as (channel, letters):
            letter = _find(letters, queue, letter_id)
            await self._publishing.publish("", queue, letter.body, messages.revived(letter))
            with driver_errors_translated():
                channel.driver.basic_ack(letter.tag)

    @asynccontextmanager
    async def _look(self, queue: str) -> AsyncIterator[tuple[Channel, Sequence[Message]]]:
        async with self._turn, self._alone(queue), self._channel() as channel:
            yield channel, await self._take_all(channel, queue)

    @asynccontextmanager
    async def _alone(self, queue: str) -> AsyncIterator[None]:
        sign = f"{dead_queue(queue)}.in-use"
        try:
            async with asyncio.timeout(self._patience):
                await self._put_up(sign)
        except TimeoutError as error:
            reason = f"somebody else looks at the dead letters of {queue} all the time"
            raise ServiceUnavailableError(SERVICE, reason) from error
        try:
            yield
        finally:
            # With the connection, the sign is gone too.
            with suppress(NotConnectedError):
                async with self._channel() as channel:
                    await channel.call(channel.driver.queue_delete, sign)

    async def _put_up(self, sign: str) -> None:
        while True:
            async with self._channel() as channel:
                try:
                    await channel.call(
                        channel.driver.queue_declare,
                        sign,
                        exclusive=True,
                        arguments={"x-expires": _FORGOTTEN},
                    )
                except ChannelClosedError as error:
                    if error.reply_code != _RESOURCE_LOCKED:
                        raise
                else:
                    return
            await asyncio.sleep(_ASK_AGAIN)

    @asynccontextmanager
    async def _channel(self) -> AsyncIterator[Channel]:
        channel = await self._connection.channel()
        try:
            yield channel
        finally:
            await channel.close()

    async def _take_all(self, channel: Channel, queue: str) -> Sequence[Message]:
        letters: list[Message] = []
        try:
            while len(letters) < MOST_LETTERS:
                letter = await channel.get(dead_queue(queue))
                if letter is None:
                    break
                letters.append(letter)
        except ChannelClosedError as error:
            if error.reply_code != _NOT_FOUND:
                raise
        return letters


def _find(letters: Sequence[Message], queue: str, letter_id: str) -> Message:
    for letter in letters:
        if messages.record_of(letter, queue).id == letter_id:
            return letter
    raise DeadLetterNotFoundError(queue, letter_id)
