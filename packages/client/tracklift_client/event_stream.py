"""Server-sent events out of the bytes of a stream (HTML Living Standard, section 9.2)."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracklift_client.errors import UnexpectedAnswerError

_LONGEST = 32 * 2**20
"""Bytes of one event; the largest, a conversion with all its chapters, has a thousandth of it."""


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """An event: its name, its data, and the id to go on behind."""

    name: str
    data: bytes
    id: str


class EventReader:
    """Finds the events in the pieces of one stream."""

    def __init__(self) -> None:
        self.last_id = ""
        """The id of the last event that had one; it is remembered over the streams of one watching."""
        self._rest = b""
        self._name = ""
        self._data: list[bytes] = []

    def events(self, piece: bytes) -> Iterator[ServerEvent]:
        """Give the events that end in this piece.

        Raises:
            UnexpectedAnswerError: an event is too long.
        """
        # One kind of line end, however it is cut into pieces: the server writes none but line feeds.
        *lines, self._rest = (self._rest + piece).split(b"\n")
        for line in lines:
            found = self._line(line.removesuffix(b"\r"))
            if found is not None:
                yield found
        if len(self._rest) + sum(map(len, self._data)) > _LONGEST:
            raise UnexpectedAnswerError("An event of the server is too long.")

    def begin_again(self) -> None:
        """Forget what a stream that broke off has begun."""
        self._rest, self._name, self._data = b"", "", []

    def _line(self, line: bytes) -> ServerEvent | None:
        if not line:
            return self._ended()
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        match field:
            case b"event":
                self._name = value.decode(errors="replace")
            case b"data":
                self._data.append(value)
            case b"id" if b"\0" not in value:
                self.last_id = value.decode(errors="replace")
        return None

    def _ended(self) -> ServerEvent | None:
        name, data = self._name or "message", self._data
        self._name, self._data = "", []
        return ServerEvent(name, b"\n".join(data), self.last_id) if data else None
