"""The servers as pytest fixtures: started once in a run, with a database or virtual host of its own for each test.

Imports no driver before a test asks for a server, because every test run loads it.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

if TYPE_CHECKING:
    from tests.servers.certificate import Certificate
    from tests.servers.mariadb import MySqlEndpoint
    from tests.servers.mongodb import MongoDbEndpoint
    from tests.servers.rabbitmq import RabbitMqEndpoint
    from tests.servers.server import AnyEndpoint, Server
    from tests.servers.servers import Servers
    from tests.servers.smtp_sink import SmtpSink

_DESCRIPTION = pytest.StashKey[str]()
_SERVERS = pytest.StashKey["Servers"]()


@pytest.fixture(scope="session")
def servers(request: pytest.FixtureRequest) -> Iterator[Servers]:
    """Give the servers; those that the chosen tests use run already."""
    from tests.servers.choose import choose  # noqa: PLC0415
    from tests.servers.servers import NAMES  # noqa: PLC0415

    choice = choose()
    asked_for = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    with choice.servers() as servers:
        request.config.stash[_DESCRIPTION] = servers.description
        request.config.stash[_SERVERS] = servers
        servers.start([name for name in NAMES if {f"{name}_server", f"{name}_url"} & asked_for])
        yield servers
        del request.config.stash[_SERVERS]


@pytest.fixture
def mongodb_server(servers: Servers) -> Server[MongoDbEndpoint]:
    """Give MongoDB to a test that kills, pauses or restarts it; it runs again for the next test."""
    servers.mongodb.start()
    return servers.mongodb


@pytest.fixture
def mysql_server(servers: Servers) -> Server[MySqlEndpoint]:
    """Give MySQL to a test that kills, pauses or restarts it; it runs again for the next test."""
    servers.mysql.start()
    return servers.mysql


@pytest.fixture
def rabbitmq_server(servers: Servers) -> Server[RabbitMqEndpoint]:
    """Give RabbitMQ to a test that kills, pauses or restarts it; it runs again for the next test."""
    servers.rabbitmq.start()
    return servers.rabbitmq


@pytest.fixture
def mongodb_url(mongodb_server: Server[MongoDbEndpoint]) -> Iterator[str]:
    """Name a database of the test's own in MongoDB."""
    with corner(mongodb_server) as url:
        yield url


@pytest.fixture
def mysql_url(mysql_server: Server[MySqlEndpoint]) -> Iterator[str]:
    """Name an empty database of the test's own in MySQL or MariaDB."""
    with corner(mysql_server) as url:
        yield url


@pytest.fixture
def rabbitmq_url(rabbitmq_server: Server[RabbitMqEndpoint]) -> Iterator[str]:
    """Name an empty virtual host of the test's own in RabbitMQ."""
    with corner(rabbitmq_server) as url:
        yield url


@pytest.fixture(scope="session")
def smtp_certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """Give a certificate for `localhost` that no authority has signed."""
    from tests.servers.certificate import make_certificate  # noqa: PLC0415

    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture
def start_smtp_sink() -> Iterator[Callable[..., SmtpSink]]:
    """Give a function that starts a mail server; it takes what `SmtpSink` takes."""
    from tests.servers.smtp_sink import SmtpSink  # noqa: PLC0415

    with ExitStack() as sinks:
        yield lambda **options: sinks.enter_context(SmtpSink(**options))


@pytest.fixture
def smtp_sink(start_smtp_sink: Callable[..., SmtpSink]) -> SmtpSink:
    """Give a mail server without TLS that takes mail from anybody."""
    return start_smtp_sink()


@contextmanager
def corner(server: Server[AnyEndpoint]) -> Iterator[str]:
    """Make a database or virtual host, give its URL, and remove it."""
    name = f"t{uuid4().hex}"
    server.endpoint.create(name)
    yield server.endpoint.url(name)
    server.start()
    server.endpoint.drop(name)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failed test what the servers logged last."""
    report = yield
    servers = item.config.stash.get(_SERVERS, None)
    if report.failed and servers is not None:
        for name in ("mongodb", "mysql", "rabbitmq"):
            if f"{name}_server" in getattr(item, "fixturenames", ()):
                report.sections.append((f"log of {name}", servers.by_name(name).control.log_tail()))
    return report


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say which servers the tests have used."""
    description = terminalreporter.config.stash.get(_DESCRIPTION, None)
    if description is not None:
        terminalreporter.write_line(f"integration servers: {description}")
