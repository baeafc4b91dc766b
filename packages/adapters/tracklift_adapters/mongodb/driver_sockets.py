"""What PyMongo does with the socket of a connection that it does not make to the end."""

import asyncio
import socket

from pymongo import pool_shared
from pymongo.pool_options import PoolOptions

_create_connection = pool_shared._async_create_connection  # noqa: SLF001  # no setting does it


def close_what_is_broken_off() -> None:
    """Have the driver close the socket of a connection attempt that is cancelled.

    A call that is cancelled while a server is connected to, or a client that is closed then, leaves the socket to the
    garbage collector (PyMongo 4.20), which may come late: under an outage each of many cancelled calls would hold one.
    """
    pool_shared._async_create_connection = _create_or_close  # noqa: SLF001


async def _create_or_close(address: tuple[str, int | None], options: PoolOptions) -> socket.socket:
    try:
        return await _create_connection(address, options)
    except asyncio.CancelledError as error:
        # The driver's function alone knows its socket.
        place = error.__traceback__ and error.__traceback__.tb_next
        made = place and place.tb_frame.f_locals.get("sock")
        if isinstance(made, socket.socket):
            made.close()
        raise
