"""What a test sees of a server, whether it is a process or a container."""

import threading
import time
from abc import abstractmethod
from dataclasses import dataclass, field
from typing import Generic, Protocol, TypeVar

from tests.servers.errors import ServersUnavailableError


class Control(Protocol):
    """Starts and ends what runs a server. Its data and ports stay the same over all starts."""

    @property
    @abstractmethod
    def running(self) -> bool:
        """Whether it was started and has not ended; a paused one is running."""

    @abstractmethod
    def start(self) -> None:
        """Start it; do nothing when it runs. It need not answer yet."""

    @abstractmethod
    def stop(self) -> None:
        """End it in order."""

    @abstractmethod
    def kill(self) -> None:
        """End it as `kill -9` does."""

    @abstractmethod
    def pause(self) -> None:
        """Freeze it: connections stay open and nothing is answered."""

    @abstractmethod
    def resume(self) -> None:
        """Let a frozen one go on."""

    @abstractmethod
    def log_tail(self) -> str:
        """Give the last lines of what it logged."""


class Endpoint(Protocol):
    """Where clients reach a server, and how a test gets a corner of its own in it."""

    @property
    @abstractmethod
    def label(self) -> str:
        """How people call the server."""

    @abstractmethod
    def prepare(self) -> None:
        """Ask it whether it serves, and set up what a new one lacks.

        Raises:
            Exception: any, as long as it does not serve.
        """

    @abstractmethod
    def url(self, name: str) -> str:
        """Give the URL of a database (a virtual host, for RabbitMQ)."""

    @abstractmethod
    def create(self, name: str) -> None:
        """Make an empty database (virtual host)."""

    @abstractmethod
    def drop(self, name: str) -> None:
        """Remove a database (virtual host) and all that is in it."""


AnyEndpoint = TypeVar("AnyEndpoint", bound=Endpoint)


@dataclass(frozen=True)
class Server(Generic[AnyEndpoint]):
    """One running server."""

    endpoint: AnyEndpoint
    control: Control
    _serves: threading.Event = field(default_factory=threading.Event, init=False, repr=False, compare=False)
    """Whether it served, and nothing was done to it since then."""

    def start(self, timeout: float = 90) -> None:
        """Start it if it does not run, let it go on if it was paused, and wait until it serves.

        Of one that runs and served before it asks nothing: a connection costs as much as many a test.

        Raises:
            ServersUnavailableError: it ended, or did not serve within `timeout` seconds; with the end of its log.
        """
        if self._serves.is_set() and self.control.running:
            return
        self.control.start()
        self.control.resume()
        deadline = time.monotonic() + timeout
        while True:
            try:
                self.endpoint.prepare()
            except Exception as error:  # each driver has its own ways to say: not yet
                gone = not self.control.running
                if gone or time.monotonic() > deadline:
                    how = "ended while it started" if gone else f"does not serve after {timeout:g} s"
                    raise ServersUnavailableError(
                        f"{self.endpoint.label} {how} ({error!r}). The end of its log:\n{self.control.log_tail()}"
                    ) from error
                time.sleep(0.05)
            else:
                self._serves.set()
                return

    def stop(self) -> None:
        """End it in order; its data stays."""
        self._serves.clear()
        self.control.stop()

    def kill(self) -> None:
        """End it as `kill -9` does; what it wrote to disk stays."""
        self._serves.clear()
        self.control.kill()

    def pause(self) -> None:
        """Freeze it: connections stay open and nothing is answered, as on a network that swallows packets."""
        self._serves.clear()
        self.control.pause()

    def resume(self) -> None:
        """Let a frozen one go on."""
        self.control.resume()
