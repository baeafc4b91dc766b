import random
import socket

_LOWEST, _HIGHEST = 20_000, 32_000
"""Below the range from which Linux takes ports for outgoing connections (32768 to 60999), so that no connection
takes a server's port while the server is down."""


def free_port() -> int:
    """Give a port of the loopback address that nobody listens on."""
    chance = random.SystemRandom()  # Tests seed the shared generator, and would then take each other's ports.
    for _ in range(1000):
        port = chance.randrange(_LOWEST, _HIGHEST)
        with socket.socket() as probe:
            # As servers do: a port is free although connections of an earlier server still fade away.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no port between {_LOWEST} and {_HIGHEST} is free")
