import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from typing import NoReturn, TypeVar

from tracklift_adapters.rabbitmq.channel import Channel
from tracklift_adapters.rabbitmq.connection import Connection
from tracklift_adapters.rabbitmq.errors import SERVICE, ChannelClosedError, NotConnectedError
from tracklift_adapters.rabbitmq.parts import Binding, Exchange, Part, Queue
from tracklift_adapters.rabbitmq.topology import EVENT_EXCHANGE, EVENTS, parts_of
from tracklift_domain.errors import IncompleteServiceError, ServiceUnavailableError
from tracklift_domain.messaging.delivery import Subscription
from tracklift_runtime.outage import Outage

DECLARE_EVERY = timedelta(seconds=10)
"""Some forty questions to the broker each time. What was deleted is back, and the messages that
wait for it are published, within half a minute."""
_log = logging.getLogger(__name__)
_NOT_FOUND = 404
_SHORTEST_PAUSE = 1.0
"""Seconds between two rounds, and between two looks, however many ask for one."""
_UNROUTABLE_FOR = 15.0
"""Seconds. An event that finds no queue is published again every few seconds, be it by another process."""
_Kind = TypeVar("_Kind", Exchange | Queue, Part)


class TopologyUpkeep:
    """Declares again what was deleted of the topology that this process needs. Lives in the loop thread.

    The broker sends no notice when an exchange or a binding is deleted, and a message that another queue still takes
    is not returned as unroutable. So everything is declared again at regular intervals, and at once when a message is
    unroutable. Queues are only bound here and never unbound: another version of the same service may take other types.
    """

    def __init__(self, connection: Connection, delays: Sequence[timedelta], every: timedelta) -> None:
        """Declare over a connection, one round every `every`."""
        self._connection = connection
        self._delays = delays
        self._every = every.total_seconds()
        self._outage = Outage(f"{SERVICE} refuses a declaration", f"{SERVICE} accepts all declarations again")
        self._subscriptions: Mapping[str, Subscription] = {}
        self._missing: Sequence[str] = ()
        self._unusable: Sequence[str] = ()
        self._unroutable: dict[str, float] = {}
        self._is_due = asyncio.Event()
        self._looking = asyncio.Lock()
        self._looked_at = float("-inf")
        self._keeping: asyncio.Task[NoReturn] | None = None

    async def start(self) -> None:
        """Begin with the rounds. Starting twice is not an error."""
        if self._keeping is None:
            # Of this loop: a broker that was closed may be opened again, in another one.
            self._is_due, self._looking = asyncio.Event(), asyncio.Lock()
            self._looked_at = float("-inf")
            self._keeping = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End the rounds. Stopping twice is not an error."""
        keeping, self._keeping = self._keeping, None
        if keeping is not None:
            keeping.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    def take_on(self, subscriptions: Iterable[Subscription]) -> None:
        """Keep what these need from now on, each in place of an earlier one of its queue."""
        # As a new mapping, since it is read in another thread.
        self._subscriptions = {**self._subscriptions, **{wanted.queue: wanted for wanted in subscriptions}}

    def begin_round(self) -> None:
        """Declare everything soon, as something was refused."""
        self._is_due.set()

    def note_unroutable(self, event_type: str) -> None:
        """Note that events of this type find no queue, and declare everything soon."""
        self._unroutable[event_type] = asyncio.get_running_loop().time()
        self.begin_round()

    def note_routed(self, event_type: str) -> None:
        """Note that events of this type find a queue."""
        self._unroutable.pop(event_type, None)

    async def check(self) -> None:
        """Look whether everything is there, and begin a round if it is not.

        Raises:
            IncompleteServiceError: something is missing or has other arguments, or no queue takes a type of events.
            ServiceUnavailableError: the broker can't be reached.
        """
        await self._connection.check()
        async with self._looking:
            now = asyncio.get_running_loop().time()
            if self._connection.blocked is None and now - self._looked_at >= _SHORTEST_PAUSE:
                self._missing = await self._look()
                self._looked_at = now
        if self._missing:
            self.begin_round()
        unbound = [
            f"a binding of exchange {EVENTS} for {event_type}"
            for event_type, noted_at in sorted(self._unroutable.items())
            if noted_at > now - _UNROUTABLE_FOR
        ]
        if lacking := [*self._missing, *self._unusable, *unbound]:
            raise IncompleteServiceError(SERVICE, lacking)

    async def _keep(self) -> NoReturn:
        while True:
            await asyncio.sleep(_SHORTEST_PAUSE)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every - _SHORTEST_PAUSE):
                    await self._is_due.wait()
            self._is_due.clear()
            await self._connection.wait()
            # Over a connection that the broker does not listen to, nothing would be answered.
            if self._connection.blocked is None:
                await self._declare_all()

    async def _declare_all(self) -> None:
        try:
            missing = await self._look()
            refused = await self._refused(self._parts(), lambda part, channel: part.declare(channel))
        except ServiceUnavailableError as error:
            # The connection logs its own loss.
            if not isinstance(error, NotConnectedError):
                self._outage.goes_on(self, error)
            return
        self._missing = ()
        self._unusable = [f"a usable {part}" for part in refused]
        if missing:
            _log.warning("%s lacked %s. It is declared again.", SERVICE, ", ".join(missing))
        for reason in refused.values():
            self._outage.goes_on(self, reason)
        if not refused:
            self._outage.is_over(self)

    async def _look(self) -> Sequence[str]:
        visible = [part for part in self._parts() if not isinstance(part, Binding)]
        refused = await self._refused(visible, lambda part, channel: part.look(channel))
        return [str(part) for part, error in refused.items() if error.reply_code == _NOT_FOUND]

    def _parts(self) -> Sequence[Part]:
        """Name each part once, in the order in which they can be declared."""
        wanted = [parts_of(subscription, self._delays) for subscription in self._subscriptions.values()]
        return list(dict.fromkeys([EVENT_EXCHANGE, *(part for parts in wanted for part in parts)]))

    async def _refused(
        self, parts: Sequence[_Kind], work: Callable[[_Kind, Channel], Awaitable[None]]
    ) -> Mapping[_Kind, ChannelClosedError]:
        """Do something with each part, and give those to which the broker said no."""
        refused: dict[_Kind, ChannelClosedError] = {}
        channel = await self._connection.channel()
        try:
            for part in parts:
                try:
                    await work(part, channel)
                except ChannelClosedError as error:
                    refused[part] = error
                    channel = await self._connection.channel()
        finally:
            await channel.close()
        return refused
