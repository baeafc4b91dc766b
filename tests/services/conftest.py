"""The four services on real servers, and somebody who uses them: one set for the tests of a file."""

from collections.abc import Generator, Iterator, Mapping

import pytest

from tests.end_to_end.user import User
from tests.servers.errors import last_lines
from tests.servers.servers import Servers
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage, stage_on


@pytest.fixture(scope="module")
def stage_settings() -> Mapping[str, str]:
    """Name what a file of tests has otherwise than the rest; to be overridden there."""
    return {}


@pytest.fixture(scope="module")
def stage_converters() -> int:
    """Tell how many converters a file of tests needs; to be overridden there."""
    return 1


@pytest.fixture(scope="module")
def running_stage(
    servers: Servers,
    tmp_path_factory: pytest.TempPathFactory,
    stage_settings: Mapping[str, str],
    stage_converters: int,
) -> Iterator[Stage]:
    """Run the services for a file of tests."""
    folder = tmp_path_factory.mktemp("services")
    with stage_on(servers, folder, converters=stage_converters, settings=stage_settings) as stage:
        yield stage


@pytest.fixture
def stage(running_stage: Stage) -> Stage:
    """Give the services, all of which run and are ready, whatever the test before has done to them."""
    running_stage.restore()
    return running_stage


@pytest.fixture(scope="module")
def user(running_stage: Stage) -> Iterator[User]:
    """Sign somebody up whose address is verified, so that nothing a test does to mails is done to that one."""
    user = running_stage.sign_up()
    yield user
    user.http.close()


@pytest.fixture(scope="module")
def second_gateway(
    running_stage: Stage, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ServiceProcess]:
    """Run another gateway beside the first."""
    gateway = running_stage.services.gateway.twin(tmp_path_factory.mktemp("second") / "gateway.log")
    try:
        gateway.launch()
        gateway.wait_until_ready()
        yield gateway
    finally:
        gateway.end()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show with a failed test what the services logged last."""
    report = yield
    stage = getattr(item, "funcargs", {}).get("stage")
    if report.failed and isinstance(stage, Stage):
        for service in stage.services.all:
            report.sections.append((f"log of {service.log.stem}", last_lines(service.log)))
    return report
