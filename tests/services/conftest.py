"""The four services on real servers, with a corner of each server for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.user import User
from tests.servers.smtp_sink import SmtpSink
from tests.services.system import TrackliftServices, running_services


@pytest.fixture
def service_settings(
    mongodb_url: str, mysql_url: str, rabbitmq_url: str, smtp_sink: SmtpSink
) -> dict[str, str]:
    """Name the servers."""
    return {
        "TRACKLIFT_MONGODB_URL": mongodb_url,
        "TRACKLIFT_MYSQL_URL": mysql_url,
        "TRACKLIFT_RABBITMQ_URL": rabbitmq_url,
        "TRACKLIFT_SMTP_HOST": smtp_sink.host,
        "TRACKLIFT_SMTP_PORT": str(smtp_sink.port),
    }


@pytest.fixture
def services(tmp_path: Path, service_settings: dict[str, str]) -> Iterator[TrackliftServices]:
    """Run the services."""
    with running_services(tmp_path / "services", service_settings) as services:
        yield services


@pytest.fixture
def user(services: TrackliftServices) -> Iterator[User]:
    """Sign somebody up."""
    user = User(services.address).sign_up()
    yield user
    user.http.close()
