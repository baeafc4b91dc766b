"""One connection of the HTTP server."""

import asyncio
from typing import Any

from typing_extensions import override
from uvicorn.config import Config
from uvicorn.server import ServerState

from tracklift_adapters.http.server.bounded_parsing import BoundedParsing
from tracklift_adapters.http.server.connection_table import ConnectionSlot, ConnectionTable
from tracklift_adapters.http.server.raw_problems import HealthOnly
from tracklift_adapters.http.server.request_meter import RequestMeter

_LINGER = 2.0
"""Seconds in which a client that was refused can read why, over any network."""


class BoundedHttpProtocol(BoundedParsing):
    """A connection that tells the table of connections what it waits for, and ends when it is told to."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        slot: ConnectionSlot,
        table: ConnectionTable,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._meter = RequestMeter()
        self._slot = slot
        self._log = table.log
        self._head_timeout = table.limits.head_timeout.total_seconds()
        self._keep_alive = table.limits.keep_alive.total_seconds()
        self._idle_download = table.limits.idle_download.total_seconds()
        if slot.reserved:
            self.app = HealthOnly(config.loaded_app)

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._slot.connected = self
        self._slot.wait_for_head(self._head_timeout)

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._slot.release()
        super().connection_lost(exc)

    @override
    def on_message_begin(self) -> None:
        super().on_message_begin()
        if self._slot.waits and self.cycle is not None:
            # The first request has its time from the connection on.
            self._slot.limit(self._head_timeout)

    @override
    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self._slot.reserved:
            self.cycle.keep_alive = False
        self._slot.work()
        self._slot.receive(more=True)

    @override
    def on_body(self, body: bytes) -> None:
        super().on_body(body)
        self._slot.receive(more=True)

    @override
    def on_message_complete(self) -> None:
        super().on_message_complete()
        self._slot.receive(more=False)
        self._wait_if_idle()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        self._wait_if_idle()

    @override
    def pause_writing(self) -> None:
        super().pause_writing()
        self._slot.limit(self._idle_download)

    @override
    def resume_writing(self) -> None:
        super().resume_writing()
        self._slot.limit(None)
        self._wait_if_idle()

    def _wait_if_idle(self) -> None:
        if not self.cycle.response_complete or self._refused:
            return
        if self.flow.write_paused or self.transport.is_closing():
            self._slot.limit(self._idle_download)
        else:
            # Within a message, this is the time for the rest of a body that was not needed, or of the next head.
            self._slot.wait_for_head(self._head_timeout if self._in_message else self._keep_alive)

    @override
    def _on_offence(self) -> None:
        self._slot.refuse()

    @override
    def _on_refused(self) -> None:
        self._slot.wait_for_head(_LINGER)

    def expire(self) -> None:
        """End the connection, as its time is up. What was answered is still sent."""
        half_a_head = self._in_message and not self._in_body
        if self.transport.is_closing() or self._refused:
            self.transport.abort()
        elif self.flow.write_paused:
            self._log.count("answers that were not taken")
            self.transport.abort()
        elif half_a_head:
            self._log.count("half sent headers")
            self.refuse(408)
        else:
            self._slot.limit(self._idle_download)
            self.transport.close()

    def evict(self) -> bool:
        """End the connection at once, unless it is the client that waits; tell whether it ended."""
        asks_first = self._in_body and self.cycle.waiting_for_100_continue
        if self.transport.get_write_buffer_size() or self.flow.read_paused or asks_first:
            return False
        self.transport.abort()
        return True
