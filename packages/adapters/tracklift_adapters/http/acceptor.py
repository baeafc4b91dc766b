"""Takes in the connections of clients."""

import asyncio
import errno
import socket
from collections.abc import Callable

from tracklift_adapters.http.connection_table import ConnectionSlot, ConnectionTable

_AT_ONCE = 8
"""Connections that are taken in at once, about a millisecond's work: requests at work go on between."""
_PAUSE = 0.5
"""Seconds after a failure for want of descriptors or memory: time for some to be given back."""
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Acceptor:
    """Accepts connections as far as the table has places, and closes the others at once.

    That of asyncio has no bound. Without descriptors, some versions of it write a traceback for each place in the
    backlog, once a second.
    """

    def __init__(
        self,
        listening: socket.socket,
        table: ConnectionTable,
        make_protocol: Callable[[ConnectionSlot], asyncio.Protocol],
    ) -> None:
        """Begin to accept, in the running loop."""
        self._listening = listening
        self._table = table
        self._make_protocol = make_protocol
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        listening.settimeout(0)
        self._resume()

    def stop(self) -> None:
        """Accept nothing more."""
        self._loop.remove_reader(self._listening)
        if self._pause is not None:
            self._pause.cancel()

    def _resume(self) -> None:
        self._pause = None
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        for _ in range(_AT_ONCE):
            try:
                connection, address = self._listening.accept()
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._table.log.count(f"not accepted ({error.strerror})")
                    self._loop.remove_reader(self._listening)
                    self._pause = self._loop.call_later(_PAUSE, self._resume)
                # Else none waits, or the one that did is gone.
                return
            slot = self._table.admit(address[0])
            if slot is None:
                connection.close()
                continue
            starting = self._loop.create_task(self._start(connection, slot))
            self._starting.add(starting)
            starting.add_done_callback(self._starting.discard)

    async def _start(self, connection: socket.socket, slot: ConnectionSlot) -> None:
        connection.settimeout(0)
        try:
            await self._loop.connect_accepted_socket(lambda: self._make_protocol(slot), connection)
        except OSError:
            # The client is gone already.
            slot.release()
            connection.close()
