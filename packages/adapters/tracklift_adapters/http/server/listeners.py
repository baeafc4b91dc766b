"""The listening addresses of an app."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

_BACKLOG = 2048


class AddressInUseError(Exception):
    """Another process listens at this address already."""


class ListenerSettings(Protocol):
    """An app's checked settings of its addresses."""

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
        """The URL for requests."""
        return _url(self.host, self.requests)

    @property
    def metrics_url(self) -> str:
        """The URL of the metrics, with the numeric address."""
        return _url(self.metrics.getsockname()[0], self.metrics) + "/metrics"


@contextmanager
def open_listeners(settings: ListenerSettings) -> Iterator[Listeners]:
    """Open both listeners before anything else, so that an address in use stops the start immediately.

    Raises:
        AddressInUseError: one of the addresses is in use, or is not an address of this machine.
    """
    with (
        listen(settings.host, settings.port) as requests,
        listen(*settings.metrics_address, setting="TRACKLIFT_METRICS_PORT") as metrics,
    ):
        yield Listeners(settings.host, requests, metrics)


def listen(host: str, port: int, *, setting: str = "TRACKLIFT_PORT") -> socket.socket:
    """Open one listening socket; `setting` chooses its port.

    Raises:
        AddressInUseError: the address is in use, or is not an address of this machine.
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
