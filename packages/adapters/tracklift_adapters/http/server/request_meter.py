"""How large a request may be without its body."""

LARGEST_TARGET = 8 * 1024
"""Bytes of the target. RFC 9112 (section 3) asks for 8000 at least; a page's cursor and filters take some hundred."""
LARGEST_HEADERS = 16 * 1024
"""Bytes of all header and trailer fields, as Node.js has it: four times what browsers send with many cookies."""
MOST_HEADERS = 100
"""Fields, as Apache has it. Browsers send about 20, and each proxy adds a few."""
_FRAMING_OF_A_CHUNK = 16
"""Bytes that each chunk may have around its data for free: its size and two line ends."""
_SEPARATORS = 4
"""Bytes of a field beside its name and value: a colon, a blank, a line end."""


class OversizedError(Exception):
    """The request is beyond a bound; the meter's `exceeded` says what to answer."""


class RequestMeter:
    """Measures one request after another, told by a parser what it finds and by a connection what it fed.

    The parser tells of a field when it is complete. What it holds until then, and chunk extensions, which it
    never tells of, are what was fed and is not body: its framing. Go's net/http bounds the framing of chunks in
    this way too.
    """

    exceeded: int | None = None
    """The status to answer with once a bound is exceeded."""

    def __init__(self) -> None:
        self._target = 0
        self._fields = 0
        self._field_bytes = 0
        self._framing = 0
        self._body = 0
        self._chunk = 0
        self._at_boundary = False

    def begin(self) -> None:
        """Begin with a request."""
        self._target = self._fields = self._field_bytes = 0
        self._restart()

    def target(self, size: int) -> None:
        """Count a part of the target. Raises `OversizedError`."""
        self._target += size
        if self._target > LARGEST_TARGET:
            self._exceed(414)

    def field(self, name: bytes, value: bytes) -> None:
        """Count a header or trailer field. Raises `OversizedError`."""
        self._fields += 1
        self._field_bytes += len(name) + len(value) + _SEPARATORS
        if self._fields > MOST_HEADERS or self._field_bytes > LARGEST_HEADERS:
            self._exceed(431)

    def head_complete(self) -> None:
        """Begin with the body, whose framing counts by itself."""
        self._restart()

    def body(self, size: int) -> None:
        """Count a part of the body."""
        self._body += size
        self._chunk += size

    def chunk_complete(self) -> None:
        """Allow for the framing of a chunk, the more the larger it is."""
        self._framing -= _FRAMING_OF_A_CHUNK + 2 * self._chunk
        self._chunk = 0

    def fed(self, size: int) -> None:
        """Count bytes that the parser has read. Raises `OversizedError`."""
        # Where in these bytes a request or a body began is not known, so they count for neither: a piece is small.
        self._framing = 0 if self._at_boundary else max(0, self._framing + size - self._body)
        self._body = 0
        self._at_boundary = False
        if self._framing > LARGEST_HEADERS:
            self._exceed(431)

    def _exceed(self, status: int) -> None:
        # Kept here too, since a parser wraps the errors of what it calls.
        self.exceeded = status
        raise OversizedError

    def _restart(self) -> None:
        self._framing = self._chunk = 0
        self._at_boundary = True
