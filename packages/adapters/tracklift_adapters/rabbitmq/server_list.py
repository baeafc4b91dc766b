import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Protocol

import pika

HEARTBEAT = timedelta(seconds=30)
PATIENCE = timedelta(seconds=10)
_BLOCKED_FOR = 300.0
"""Seconds after which a connection is given up on which the broker takes no messages: another server may take them."""


class RabbitMqSettings(Protocol):
    """An app's settings of RabbitMQ, as read from its environment and checked."""

    @property
    def rabbitmq_url(self) -> str: ...
    @property
    def rabbitmq_heartbeat(self) -> timedelta: ...


class ServerList:
    """Where the broker is, and how long to wait for it."""

    def __init__(self, urls: str, *, heartbeat: timedelta, patience: timedelta) -> None:
        """Read AMQP URLs with blanks between them.

        Raises:
            ValueError: one of them can't be read, or `heartbeat` is less than a second.
        """
        if heartbeat < timedelta(seconds=1):
            raise ValueError("heartbeat is at least a second")
        self.patience = patience.total_seconds()
        """Seconds."""
        self.heartbeat = round(heartbeat.total_seconds())
        """Seconds."""
        self._urls = urls.split()
        self.parameters("")

    def parameters(self, connection_name: str) -> Sequence[pika.URLParameters]:
        """Give what pika needs to connect to each server."""
        if not self._urls:
            raise ValueError("the list of RabbitMQ's URLs is empty")
        return [self._read(url, connection_name) for url in self._urls]

    def _read(self, url: str, connection_name: str) -> pika.URLParameters:
        if not url.startswith(("amqp://", "amqps://")):
            raise ValueError("a URL of RabbitMQ begins with amqp:// or amqps://")
        try:
            parameters = pika.URLParameters(url)
        except Exception as error:  # noqa: BLE001
            # pika raises whatever the wrong part makes it run into. The cause is left out: it may show the password.
            raise ValueError(f"a URL of RabbitMQ can't be read ({type(error).__name__})") from None
        parameters.client_properties = {"connection_name": connection_name}
        parameters.connection_attempts = 1
        parameters.heartbeat = self.heartbeat
        parameters.socket_timeout = parameters.stack_timeout = self.patience
        parameters.blocked_connection_timeout = _BLOCKED_FOR
        return parameters


def quieten_driver() -> None:
    """Keep pika from reporting each failure at length and several times over, unless its loggers were set up."""
    log = logging.getLogger("pika")
    if log.level == logging.NOTSET:
        log.setLevel(logging.CRITICAL)
