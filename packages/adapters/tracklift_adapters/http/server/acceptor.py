"""Accepts the connections of clients."""

import asyncio
import errno
import socket
import time
from collections.abc import Callable

from tracklift_adapters.http.server.connection_table import ConnectionSlot, ConnectionTable

_AT_ONCE = 4
"""Connections that get a place at once, some milliseconds' work with their requests: others go on between."""
_LOOKED_AT = 64
"""Connections that are accepted at once, of which those without a place are closed: about a millisecond's work."""
_LONGEST_REST = 0.05
"""Seconds without an accept in a busy loop, so that whatever else it has to do, 80 connections a second get in."""
_SHORTEST_REST = 0.002
"""Seconds: asyncio's timers are no finer."""
_PAUSE = 0.5
"""Seconds after a failure for want of descriptors or memory: time for some to be given back."""
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}


class Acceptor:
    """Accepts connections as far as the table has places, and closes the others at once.

    In a busy loop it rests for as long as the loop worked since the last accept. So requests on open connections
    have half of the time, however many new connections there are.
    """

    def __init__(
        self,
        listening: socket.socket,
        table: ConnectionTable,
        make_protocol: Callable[[ConnectionSlot], asyncio.Protocol],
    ) -> None:
        """Start accepting, in the running loop."""
        self._listening = listening
        self._table = table
        self._make_protocol = make_protocol
        self._loop = asyncio.get_running_loop()
        self._starting: set[asyncio.Task[None]] = set()
        self._pause: asyncio.TimerHandle | None = None
        self._since = (0.0, 0.0)
        listening.settimeout(0)
        self._resume()

    def stop(self) -> None:
        """Stop accepting."""
        self._loop.remove_reader(self._listening)
        if self._pause is not None:
            self._pause.cancel()

    def _resume(self) -> None:
        self._pause = None
        self._since = _times()
        self._loop.add_reader(self._listening, self._accept)

    def _accept(self) -> None:
        if self._rest():
            return
        admitted = 0
        for _ in range(_LOOKED_AT):
            try:
                connection, address = self._listening.accept()
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._table.log.count(f"not accepted ({error.strerror})")
                    self._stop_for(_PAUSE)
                # Else none waits, or the one that did is gone.
                return
            slot = self._table.admit(address[0])
            if slot is None:
                connection.close()
                continue
            starting = self._loop.create_task(self._start(connection, slot))
            self._starting.add(starting)
            starting.add_done_callback(self._starting.discard)
            admitted += 1
            if admitted == _AT_ONCE:
                break

    def _rest(self) -> bool:
        """Rest if the loop has worked for more than half of the time since the last accept; tell whether it rests."""
        now, before = _times(), self._since
        self._since = now
        missing = 2 * (now[1] - before[1]) - (now[0] - before[0])
        if missing < _SHORTEST_REST:
            return False
        self._stop_for(min(missing, _LONGEST_REST))
        return True

    def _stop_for(self, seconds: float) -> None:
        self._loop.remove_reader(self._listening)
        self._pause = self._loop.call_later(seconds, self._resume)

    async def _start(self, connection: socket.socket, slot: ConnectionSlot) -> None:
        connection.settimeout(0)
        try:
            # asyncio does this only where the socket was made with the number of TCP. Without it the body of an answer
            # waits until the client has acknowledged its head, which clients delay by 40 ms.
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            await self._loop.connect_accepted_socket(lambda: self._make_protocol(slot), connection)
        except OSError:
            # The client has disconnected already.
            slot.release()
            connection.close()


def _times() -> tuple[float, float]:
    """Give the seconds that have passed, and those of processor time of this thread, which is the loop's."""
    return time.monotonic(), time.thread_time()
