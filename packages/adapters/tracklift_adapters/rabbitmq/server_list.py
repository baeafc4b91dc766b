import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import pika


@dataclass(frozen=True, slots=True)
class ServerList:
    """Where the broker is, and how long to wait for it."""

    urls: Sequence[str]
    """One AMQP URL for each server of the cluster; they are tried in turn. `amqps` means TLS."""
    heartbeat: timedelta = timedelta(seconds=30)
    """In whole seconds. A connection on which nothing came for this long and five seconds more is given up."""
    patience: timedelta = timedelta(seconds=10)
    """How long to wait for a connection, an answer or a confirmation."""

    def parameters(self, connection_name: str) -> "list[pika.URLParameters]":
        """Read the URLs.

        Raises:
            ValueError: there is none, or one of them is no AMQP URL. The message doesn't show its password.
        """
        if not self.urls:
            raise ValueError("urls is empty: name at least one server")
        return [self._read(url, connection_name) for url in self.urls]

    def _read(self, url: str, connection_name: str) -> "pika.URLParameters":
        try:
            parameters = pika.URLParameters(url)
        except Exception:  # noqa: BLE001  # pika raises whatever the part that is wrong makes it run into
            raise ValueError(
                "urls has something that is no URL of the form amqp://user:password@host/"
            ) from None
        parameters.client_properties = {"connection_name": connection_name}
        parameters.connection_attempts = 1
        parameters.heartbeat = round(self.heartbeat.total_seconds())
        parameters.socket_timeout = parameters.stack_timeout = self.patience.total_seconds()
        # A broker without room or memory stops listening. After this long another server may do better.
        parameters.blocked_connection_timeout = 300
        return parameters


def quieten_driver() -> None:
    """Keep pika from reporting each failure at length and several times over, unless its loggers were set up."""
    log = logging.getLogger("pika")
    if log.level == logging.NOTSET:
        log.setLevel(logging.CRITICAL)
