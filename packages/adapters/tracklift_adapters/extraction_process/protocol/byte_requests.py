"""How a worker requests bytes of a video from the application, over a pair of sockets.

A request is a number of ranges, and an offset and a size for each. The answer is a status, a length and so many bytes:
those of all ranges, or as JSON the reason why the storage can't be read.
"""

import socket
from collections.abc import Sequence
from struct import Struct

COUNT = Struct(">H")
RANGE = Struct(">QI")
ANSWER = Struct(">BI")
BYTES, UNAVAILABLE = range(2)
"""The status of an answer."""
MAX_BYTES = 2**20
"""The largest size of a request."""
MAX_RANGES = 256
"""The most ranges of a request."""


class ConnectionEndedError(Exception):
    """The other side has closed the connection."""


class InvalidRequestError(Exception):
    """A request that a worker never sends unless its video has taken it over."""


def encode_request(ranges: Sequence[tuple[int, int]]) -> bytes:
    """Encode a request for ranges, each an offset and a size."""
    return COUNT.pack(len(ranges)) + b"".join(RANGE.pack(offset, size) for offset, size in ranges)


def receive_request(connection: socket.socket) -> list[tuple[int, int]]:
    """Receive the ranges of a request, which need not lie within the video.

    Raises:
        ConnectionEndedError: the other side closed the connection before.
        InvalidRequestError: it is a request for no range or for too many.
    """
    head = bytearray(COUNT.size)
    receive_into(connection, memoryview(head))
    (count,) = COUNT.unpack(head)
    if not 0 < count <= MAX_RANGES:
        raise InvalidRequestError(f"{count} ranges at once")
    body = bytearray(count * RANGE.size)
    receive_into(connection, memoryview(body))
    return list(RANGE.iter_unpack(body))


def receive_into(connection: socket.socket, buffer: memoryview) -> None:
    """Fill a buffer.

    Raises:
        ConnectionEndedError: the other side closes the connection before the buffer is full.
    """
    received = 0
    while received < len(buffer):
        try:
            count = connection.recv_into(buffer[received:])
        except ConnectionError as error:
            raise ConnectionEndedError from error
        if not count:
            raise ConnectionEndedError
        received += count


def send(connection: socket.socket, *parts: bytes) -> None:
    """Send all parts.

    Raises:
        ConnectionEndedError: the other side has closed the connection.
    """
    try:
        for part in parts:
            connection.sendall(part)
    except ConnectionError as error:
        raise ConnectionEndedError from error
