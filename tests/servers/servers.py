from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from tests.servers.mariadb import MySqlEndpoint
from tests.servers.mongodb import MongoDbEndpoint
from tests.servers.rabbitmq import RabbitMqEndpoint
from tests.servers.server import Server

Name = Literal["mongodb", "mysql", "rabbitmq"]
NAMES: tuple[Name, ...] = ("mongodb", "mysql", "rabbitmq")


@dataclass(frozen=True, kw_only=True)
class Servers:
    """One of each; none runs until it is started."""

    description: str
    """What they are, for people."""
    mongodb: Server[MongoDbEndpoint]
    mysql: Server[MySqlEndpoint]
    rabbitmq: Server[RabbitMqEndpoint]

    def start(self, names: Collection[Name] = NAMES) -> None:
        """Start the named servers together, and wait until all of them serve.

        Raises:
            ServersUnavailableError: one of them does not.
        """
        with ThreadPoolExecutor() as pool:
            list(pool.map(Server.start, [self.by_name(name) for name in names]))

    def by_name(self, name: Name) -> Server[Any]:
        """Give one of them."""
        server: Server[Any] = getattr(self, name)
        return server
