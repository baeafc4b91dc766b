"""The HTTP server inside the process."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from datetime import timedelta

import uvicorn
from litestar import Litestar
from typing_extensions import override

from tracklift_adapters.http.cancelled_requests import CancelledRequests

_BACKLOG = 2048


class AddressInUseError(Exception):
    """Somebody else listens at this address already."""


def listen(host: str, port: int) -> socket.socket:
    """Open the listening socket, before anything else is started.

    Raises:
        AddressInUseError: the address is taken, or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise AddressInUseError(f"Tracklift can't listen at {host}:{port}: {error.strerror}.") from error


class Server(uvicorn.Server):
    """A server that leaves signals to whoever runs it."""

    def __init__(self, app: Litestar, listening: socket.socket, *, drain: timedelta) -> None:
        """Serve an application; at a stop, requests may go on for `drain`."""
        super().__init__(
            uvicorn.Config(
                CancelledRequests(app),
                http="httptools",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                timeout_graceful_shutdown=max(1, round(drain.total_seconds())),
            )
        )
        self._listening = listening

    async def run_until_stopped(self, when_ready: Callable[[], None]) -> None:
        """Serve until `stop`; `when_ready` is called once requests are answered.

        When this returns no request is at work any more: those that took too long were cancelled and have cleaned up.
        """
        self._when_ready = when_ready
        await self.serve(sockets=[self._listening])
        left = tuple(self.server_state.tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def stop(self) -> None:
        """Take no new requests and let `run_until_stopped` return; the second time, wait for no request either."""
        self.force_exit = self.should_exit
        self.should_exit = True

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self.should_exit:
            self._when_ready()

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
