"""Settings of the servers that the services need. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked


@dataclass(frozen=True, kw_only=True)
class BrokerSettings(Checked):
    """Settings of every service that uses RabbitMQ."""

    rabbitmq_url: str
    """One URL for each server of the cluster, separated by spaces."""
    rabbitmq_heartbeat: timedelta = timedelta(seconds=30)
    """After about two of these, either side closes a connection whose other side hangs."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        if self.rabbitmq_heartbeat < timedelta(seconds=1):
            raise ValueError("rabbitmq_heartbeat is at least 1 s")


@dataclass(frozen=True, kw_only=True)
class MongoDbSettings(Checked):
    """Settings of every service that uses MongoDB."""

    mongodb_url: str
