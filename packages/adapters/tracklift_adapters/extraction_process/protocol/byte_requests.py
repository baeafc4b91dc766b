"""How a worker asks the application for bytes of a video, over a pair of sockets.

A request is an offset and a size. The answer is a status and a length, and so many bytes: those of the video, or what
keeps the storage from giving them, as JSON.
"""

import socket
from struct import Struct

REQUEST = Struct(">QI")
ANSWER = Struct(">BI")
BYTES, UNAVAILABLE = range(2)
"""What an answer may be."""
MOST = 2**20
"""Bytes asked for at once."""


class ConnectionEndedError(Exception):
    """The other side is gone."""


def receive_into(connection: socket.socket, buffer: memoryview) -> None:
    """Fill a buffer.

    Raises:
        ConnectionEndedError: the other side is gone before.
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
        ConnectionEndedError: the other side is gone.
    """
    try:
        for part in parts:
            connection.sendall(part)
    except ConnectionError as error:
        raise ConnectionEndedError from error
