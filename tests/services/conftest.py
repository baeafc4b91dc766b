"""The four services on real servers, and somebody who uses them: one set for all files that want the same."""

from collections.abc import Generator, Iterator, Mapping
from pathlib import Path

import pytest

from tests.end_to_end.user import User
from tests.servers.errors import last_lines
from tests.servers.servers import Servers
from tests.services.kept_stage import KeptStage
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage

_HERE = Path(__file__).parent
_KEPT = pytest.StashKey[KeptStage]()
_OVERRIDDEN = ("stage_settings", "stage_converters")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run those files last that want services of their own, so that the others follow each other."""
    items.sort(key=lambda item: any(hasattr(_module_of(item), name) for name in _OVERRIDDEN))


def _module_of(item: pytest.Item) -> object:
    return item.module if isinstance(item, pytest.Function) else None


@pytest.fixture(scope="module")
def stage_settings() -> Mapping[str, str]:
    """Name what a file of tests has otherwise than the rest; to be overridden there."""
    return {}


@pytest.fixture(scope="module")
def stage_converters() -> int:
    """Tell how many converters a file of tests needs; to be overridden there."""
    return 1


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Generator[None, None, None]:
    """End the services behind the last of these tests: others use the same servers."""
    try:
        return (yield)
    finally:
        kept = item.session.stash.get(_KEPT, None)
        if kept is not None and (nextitem is None or not nextitem.path.is_relative_to(_HERE)):
            kept.close()


@pytest.fixture(scope="session")
def kept_stage(
    request: pytest.FixtureRequest, servers: Servers, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[KeptStage]:
    """Keep the services for files of tests that want them the same."""
    kept = request.session.stash[_KEPT] = KeptStage(servers, tmp_path_factory.mktemp("services"))
    try:
        yield kept
    finally:
        kept.close()


@pytest.fixture(scope="module")
def running_stage(kept_stage: KeptStage, stage_settings: Mapping[str, str], stage_converters: int) -> Stage:
    """Give the services that a file of tests wants, maybe those of the file before."""
    return kept_stage.get(stage_converters, stage_settings)


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
