import os
import random
import socket
from collections import deque

_LOWEST, _HIGHEST = 20_000, 32_000
"""Below the range from which Linux takes ports for outgoing connections (32768 to 60999), so that no connection
takes a server's port while the server is down."""
_SHARES = 8
"""Of the ports, one for each process that runs tests. A port is looked for before it is taken, and two processes may
find the same one in between."""

_given: deque[int] = deque(maxlen=500)
"""The last ones that this process was given, which it may not have taken yet."""


def free_port() -> int:
    """Give a port of the loopback address that is free."""
    chance = random.SystemRandom()  # Tests seed the shared generator, and would then take each other's ports.
    for _ in range(1000):
        port = chance.choice(_share())
        if port in _given:
            continue
        with socket.socket() as probe:
            # As servers do: a port is free although connections of an earlier server still fade away.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            _given.append(port)
            return port
    raise RuntimeError(f"no port between {_LOWEST} and {_HIGHEST} is free")


def _share() -> range:
    # As pytest-xdist names its processes: gw0, gw1 and so on. Other programs and runs have the last share.
    number = os.environ.get("PYTEST_XDIST_WORKER", "").removeprefix("gw")
    share = int(number) % (_SHARES - 1) if number.isdecimal() else _SHARES - 1
    size = (_HIGHEST - _LOWEST) // _SHARES
    return range(_LOWEST + share * size, _LOWEST + (share + 1) * size)
