"""The four services on real servers, and somebody who uses them: one set for all files that want the same."""

from collections.abc import Generator, Iterator
from pathlib import Path

import pytest

from tests.end_to_end.user import User
from tests.servers.errors import last_lines
from tests.servers.servers import Servers
from tests.services.kept_stage import Changes, KeptStage
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage

_HERE = Path(__file__).parent
_KEPT = pytest.StashKey[KeptStage]()
_OVERRIDDEN = ("stage_settings", "stage_converters")
_SECOND = "second_gateway"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Have those files follow each other that want the services the same, so that these need not be started anew."""
    paired = {item.path for item in items if _SECOND in getattr(item, "fixturenames", ())}
    items.sort(
        key=lambda item: (any(hasattr(_module_of(item), name) for name in _OVERRIDDEN), item.path in paired)
    )


def _module_of(item: pytest.Item) -> object:
    return item.module if isinstance(item, pytest.Function) else None


@pytest.fixture(scope="module")
def stage_settings() -> Changes:
    """Name what services have otherwise in a file of tests than in the rest; to be overridden there."""
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
def running_stage(
    request: pytest.FixtureRequest, kept_stage: KeptStage, stage_settings: Changes, stage_converters: int
) -> Stage:
    """Give the services that a file of tests wants, maybe those of the file before."""
    if stage_settings or not any(
        _SECOND in getattr(item, "fixturenames", ()) and item.path == request.path
        for item in request.session.items
    ):
        kept_stage.end_second_gateway()
    return kept_stage.get(stage_converters, stage_settings)


@pytest.fixture
def stage(running_stage: Stage) -> Stage:
    """Give the services, all of which run and are ready, whatever the test before has done to them."""
    running_stage.restore()
    return running_stage


@pytest.fixture(scope="module")
def user(running_stage: Stage) -> Iterator[User]:
    """Give somebody whose address is verified."""
    user = running_stage.new_user()
    yield user
    user.http.close()


@pytest.fixture
def second_gateway(stage: Stage, kept_stage: KeptStage) -> ServiceProcess:
    """Run another gateway beside the first; files that ask for it share it."""
    assert stage.services.gateway.is_running
    return kept_stage.second_gateway()


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
