import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, suppress
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.rabbitmq.connection import Connection
from tracklift_adapters.rabbitmq.loop_thread import LoopThread
from tracklift_adapters.rabbitmq.server_list import (
    HEARTBEAT,
    PATIENCE,
    RabbitMqSettings,
    ServerList,
    quieten_driver,
)
from tracklift_adapters.rabbitmq.topology_upkeep import DECLARE_EVERY
from tracklift_adapters.rabbitmq.update_exchange import UpdateExchange
from tracklift_adapters.rabbitmq.update_messages import (
    EndOfWatching,
    decode_message,
    encode_end,
    encode_update,
)
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.conversion.watching.update_watchers import UpdateWatchers
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId, SessionId, UserId
from tracklift_runtime.outage import Outage

_log = logging.getLogger(__name__)


class RabbitMqUpdateFeed(UpdateFeed):
    """Carries updates between the processes that are connected to RabbitMQ just then.

    Who watches in the process of the publisher is told directly, also while the broker can't be reached.
    """

    def __init__(
        self,
        urls: str,
        *,
        name: str = "tracklift",
        listens: bool = True,
        heartbeat: timedelta = HEARTBEAT,
        patience: timedelta = PATIENCE,
        declare_every: timedelta = DECLARE_EVERY,
    ) -> None:
        """Name the servers; nothing is connected yet. `urls` and the rest mean what they mean to `RabbitMqBroker`.

        A process without watchers need not listen to others.

        Raises:
            ValueError: a URL can't be read, or `heartbeat` is less than a second.
        """
        servers = ServerList(urls, heartbeat=heartbeat, patience=patience)
        self._thread = LoopThread(f"{name}-rabbitmq-updates")
        self._watchers = UpdateWatchers()
        self._loop: asyncio.AbstractEventLoop | None = None
        outage = Outage("Updates don't reach other processes", "Updates reach other processes again")
        connection = Connection(f"{name}: updates", servers, outage)
        self._exchange = UpdateExchange(connection, outage, self._take if listens else None, declare_every)

    @classmethod
    def of(cls, settings: RabbitMqSettings, *, name: str, listens: bool = True) -> "RabbitMqUpdateFeed":
        """Take the servers that an app's settings name, under the app's name."""
        return cls(settings.rabbitmq_url, name=name, listens=listens, heartbeat=settings.rabbitmq_heartbeat)

    async def open(self) -> None:
        """Begin to connect, and return without waiting for it. Opening twice is not an error."""
        quieten_driver()
        self._loop = asyncio.get_running_loop()
        self._thread.open()
        await self._thread.run(self._exchange.start)

    async def check(self) -> None:
        """Raise `ServiceUnavailableError` if updates don't get from and to other processes just now."""
        await self._thread.run(self._exchange.check)

    def end_updates(self) -> None:
        """End the updates of all who watch, and of all who begin to from now on. Ending them twice is not an error."""
        self._watchers.close()

    async def close(self) -> None:
        """End all updates and close the connection. Closing twice is not an error."""
        self.end_updates()
        await self._thread.close(self._exchange.stop)

    @override
    async def publish(self, update: ConversionUpdate) -> None:
        self._watchers.tell(update)
        self._thread.call_soon(self._exchange.send, encode_update(update))

    @override
    def subscribe(
        self, owner_id: UserId, session_id: SessionId | None = None
    ) -> AbstractAsyncContextManager[AsyncIterator[ConversionUpdate]]:
        return self._watchers.subscribe(owner_id, session_id)

    @override
    async def end(self, owner_id: UserId, session_id: SessionId | None = None) -> None:
        self._watchers.end(owner_id, session_id)
        self._thread.call_soon(self._exchange.send, encode_end(EndOfWatching(owner_id, session_id)))

    @override
    def latest_progress(self, conversion_id: ConversionId) -> Progress | None:
        return self._watchers.latest_progress(conversion_id)

    def _take(self, body: bytes) -> None:
        """Hand on what somebody else sent. Called in the thread of the connection."""
        try:
            message = decode_message(body)
        except ValueError as error:
            _log.debug("An update that can't be read is ignored: %s", error)
            return
        if self._loop is not None:
            # The application's loop may have ended without closing the feed.
            with suppress(RuntimeError):
                self._loop.call_soon_threadsafe(self._hand_on, message)

    def _hand_on(self, message: ConversionUpdate | EndOfWatching) -> None:
        if isinstance(message, EndOfWatching):
            self._watchers.end(message.owner_id, message.session_id)
        else:
            self._watchers.tell(message)
