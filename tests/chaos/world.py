"""Tracklift's services among servers of their own, for a program that treats them badly."""

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.choose import choose
from tests.servers.environment import environment
from tests.servers.servers import Servers
from tests.servers.smtp_sink import SmtpSink
from tests.services.system import TrackliftServices, running_services


@dataclass(frozen=True, kw_only=True)
class World:
    """All that runs."""

    services: TrackliftServices
    servers: Servers
    sink: SmtpSink
    mongodb_url: str
    folder: Path
    """For logs."""


@contextmanager
def running_world(*, converters: int, settings: Mapping[str, str]) -> Iterator[World]:
    """Start servers and services, and end them afterwards."""
    with (
        tempfile.TemporaryDirectory(prefix="tracklift-world-") as folder,
        choose().servers() as servers,
        SmtpSink() as sink,
    ):
        servers.start()
        for server in (servers.mysql, servers.rabbitmq):
            server.endpoint.create("tracklift")
        named = environment(servers, smtp_host=sink.host, smtp_port=sink.port)
        with running_services(Path(folder), named, converters=converters, settings=settings) as services:
            yield World(
                services=services,
                servers=servers,
                sink=sink,
                mongodb_url=named["TRACKLIFT_MONGODB_URL"],
                folder=Path(folder),
            )
