"""uvicorn's protocol on httptools, with bounds on what a client sends beside bodies."""

from typing import cast

import httptools
from typing_extensions import override
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from tracklift_adapters.http.server.raw_problems import raw_problem
from tracklift_adapters.http.server.request_meter import OversizedError, RequestMeter

_PIECE_OF_HEADS = 2 * 1024
"""Bytes that are parsed at once outside of bodies. The objects made of short requests take a hundred times as much."""
_PIECE_OF_BODY = 64 * 1024
"""Bytes that are parsed at once within a body: as many as uvicorn holds before it stops reading."""
_MOST_AHEAD = 64
"""Requests that are parsed while an earlier one is answered. Clients that pipeline send a handful."""
_MOST_HELD = 512 * 1024
"""Unparsed bytes behind a request that is being answered: twice what asyncio reads at once."""
_MOST_DROPPED = 256 * 1024
"""Bytes that may still come after a refusal: many times what an honest client sends as headers."""


class BoundedParsing(HttpToolsProtocol):
    """Bounds the target, the headers, the trailers, the framing of chunks, and requests that are sent ahead.

    While a request is answered, what follows it is kept as bytes. Trailer fields are dropped: they are no part of the
    headers (RFC 9110, section 6.5.1), and a proxy that removes a header may let it through as a trailer. What clients
    do wrong leaves no line in the log.
    """

    _in_message = False
    """Whether a request has begun whose end is not parsed yet."""
    _in_body = False
    """Whether its headers are parsed."""
    _refused = False
    _unparsed = b""
    _dropped = 0

    _meter: RequestMeter

    @override
    def data_received(self, data: bytes) -> None:
        if self._refused:
            self._dropped += len(data)
            if self._dropped > _MOST_DROPPED:
                self.transport.abort()
            return
        self._unset_keepalive_if_required()
        self._unparsed += data
        self._parse()

    def _parse(self) -> None:
        data, self._unparsed = memoryview(self._unparsed), b""
        while data and not self._refused:
            if self.pipeline:
                self._hold(bytes(data))
                return
            piece = data[: _PIECE_OF_BODY if self._in_body else _PIECE_OF_HEADS]
            data = data[self._feed(piece) :]

    def _hold(self, data: bytes) -> None:
        self._unparsed = data
        self.flow.pause_reading()
        if len(data) > _MOST_HELD:
            self.transport.abort()

    def _feed(self, piece: memoryview) -> int:
        """Parse, and give how many bytes were used."""
        used = len(piece)
        try:
            try:
                self.parser.feed_data(piece)
            except httptools.HttpParserUpgrade as upgrade:
                # Upgrades are ignored (RFC 9110, section 7.8): the next request begins here.
                used = upgrade.args[0] or used
            self._meter.fed(used)
        except (httptools.HttpParserError, OversizedError):
            self._on_offence()
            self.refuse(self._meter.exceeded or 400)
        return used

    def refuse(self, status: int) -> None:
        """Answer what is sent now with a problem, and take nothing more; earlier requests are answered first."""
        self._refused = True
        # Before its first request a connection has none, though uvicorn's type says so.
        cycle = cast("RequestResponseCycle | None", self.cycle)
        answered = cycle is None or cycle.response_complete
        if cycle is not None and not self._in_body and not answered:
            cycle.keep_alive = False
        elif cycle is not None and self._in_body and (answered or cycle.response_started or self.pipeline):
            self.transport.abort()
        else:
            if cycle is not None and not answered:
                cycle.disconnected = True
                cycle.message_event.set()
            self.transport.write(raw_problem(status, self.server_state.default_headers))
            # A server that closes with unread bytes before it can lose the answer (RFC 9112, section 9.6).
            self.transport.write_eof()
            self._on_refused()

    def _on_offence(self) -> None:
        """Take note that the client sent what is beyond the bounds, or no HTTP."""

    def _on_refused(self) -> None:
        """Take note that only the end of the connection is waited for."""

    @override
    def on_message_begin(self) -> None:
        if len(self.pipeline) >= _MOST_AHEAD:
            raise OversizedError
        self._meter.begin()
        self._in_message, self._in_body = True, False
        super().on_message_begin()

    @override
    def on_url(self, url: bytes) -> None:
        self._meter.target(len(url))
        super().on_url(url)

    @override
    def on_header(self, name: bytes, value: bytes) -> None:
        self._meter.field(name, value)
        if not self._in_body:
            super().on_header(name, value)

    @override
    def on_headers_complete(self) -> None:
        self._meter.head_complete()
        super().on_headers_complete()
        self._in_body = True

    @override
    def on_body(self, body: bytes) -> None:
        self._meter.body(len(body))
        super().on_body(body)

    def on_chunk_complete(self) -> None:
        """Take note of the end of a chunk; the parser calls this."""
        self._meter.chunk_complete()

    @override
    def on_message_complete(self) -> None:
        self._in_message = self._in_body = False
        super().on_message_complete()

    @override
    def on_response_complete(self) -> None:
        super().on_response_complete()
        # The table of connections ends those that are idle.
        self._unset_keepalive_if_required()
        if self._unparsed and not self.transport.is_closing():
            self._parse()
