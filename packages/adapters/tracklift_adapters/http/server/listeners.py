"""The addresses at which an app answers."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

_BACKLOG = 2048


class AddressInUseError(Exception):
    """Another process listens at this address already."""


class ListenerSettings(Protocol):
    """An app's settings of its addresses, as read from its environment and checked."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def metrics_address(self) -> tuple[str, int]: ...


@dataclass(frozen=True, slots=True)
class Listeners:
    """The listening sockets of an app."""

    host: str
    """As the operator names it."""
    requests: socket.socket
    metrics: socket.socket
    """For Prometheus."""

    @property
    def url(self) -> str:
        """Where requests are answered."""
        return _url(self.host, self.requests)

    @property
    def metrics_url(self) -> str:
        """Where Prometheus finds the figures, by the address in numbers."""
        return _url(self.metrics.getsockname()[0], self.metrics) + "/metrics"


@contextmanager
def open_listeners(settings: ListenerSettings) -> Iterator[Listeners]:
    """Open both listeners, before anything else is started, so that a taken address stops the start at once.

    Raises:
        AddressInUseError: one of the addresses is taken, or is none of this machine's.
    """
    with (
        listen(settings.host, settings.port) as requests,
        listen(*settings.metrics_address, setting="TRACKLIFT_METRICS_PORT") as metrics,
    ):
        yield Listeners(settings.host, requests, metrics)


def listen(host: str, port: int, *, setting: str = "TRACKLIFT_PORT") -> socket.socket:
    """Open one listening socket; `setting` chooses its port.

    Raises:
        AddressInUseError: the address is taken, or is none of this machine's.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as error:
        # The text of a failed bind repeats the address behind the reason.
        reason = str(error.strerror).partition(" (while")[0]
        raise AddressInUseError(
            f"Tracklift can't listen at {host}:{port}: {reason}. Choose another port with {setting}."
        ) from error


def _url(host: str, listening: socket.socket) -> str:
    port = listening.getsockname()[1]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
