"""The HTTP server inside the process."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import uvicorn
from litestar import Litestar
from typing_extensions import override
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from tracklift_adapters.http.server.acceptor import Acceptor
from tracklift_adapters.http.server.bounded_protocol import BoundedHttpProtocol
from tracklift_adapters.http.server.cancelled_requests import CancelledRequests
from tracklift_adapters.http.server.connection_limits import ConnectionLimits
from tracklift_adapters.http.server.connection_table import ConnectionSlot, ConnectionTable


class Server(uvicorn.Server):
    """A server with bounded connections that leaves signals to the caller."""

    def __init__(
        self,
        app: Litestar,
        listening: socket.socket,
        *,
        drain: timedelta,
        limits: ConnectionLimits,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Serve an application; after a stop, requests may continue for `drain`. `now` gives seconds."""
        application: Any = CancelledRequests(app)
        config = uvicorn.Config(
            application,
            http=BoundedHttpProtocol,
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(1, round(drain.total_seconds())),
        )
        super().__init__(config)
        # A proxy connects for many clients. These are the addresses from which uvicorn accepts X-Forwarded-For.
        proxies = ProxyHeadersMiddleware(application, config.forwarded_allow_ips).trusted_hosts
        self.table = ConnectionTable(limits, is_proxy=lambda host: host in proxies, now=now)
        """Who is connected."""
        self._listening = listening

    async def run_until_stopped(self, when_ready: Callable[[], None]) -> None:
        """Serve until `stop`; `when_ready` is called once requests are answered.

        When this returns, no request is running: those that took too long were cancelled and have cleaned up.
        """
        self._when_ready = when_ready
        await self.serve(sockets=[])
        left = tuple(self.server_state.tasks)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def stop(self) -> None:
        """Accept no new requests, and let `run_until_stopped` return. A second call does not wait for running ones."""
        self.force_exit = self.should_exit
        self.should_exit = True

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._acceptor = Acceptor(self._listening, self.table, self._make_protocol)
        if not self.should_exit:
            self._when_ready()

    @override
    async def on_tick(self, counter: int) -> bool:
        # Ten ticks are a second.
        if counter % 10 == 0:
            self.table.sweep()
        return await super().on_tick(counter)

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._acceptor.stop()
        self._listening.close()
        await super().shutdown(sockets)

    def _make_protocol(self, slot: ConnectionSlot) -> BoundedHttpProtocol:
        return BoundedHttpProtocol(
            self.config, self.server_state, self.lifespan.state, slot=slot, table=self.table
        )

    @override
    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
