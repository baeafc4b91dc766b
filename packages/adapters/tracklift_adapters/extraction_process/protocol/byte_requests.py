"""How a worker requests bytes of a video from the application, over a pair of sockets.

A request is an offset and a size. The answer is a status, a length and so many bytes: those of the video, or as JSON
the reason why the storage can't be read.
"""

import socket
from struct import Struct

REQUEST = Struct(">QI")
ANSWER = Struct(">BI")
BYTES, UNAVAILABLE = range(2)
"""The status of an answer."""
MAX_BYTES = 2**20
"""The largest size of a request."""


class ConnectionEndedError(Exception):
    """The other side has closed the connection."""


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
