"""How a test run comes to its servers, and what it says when there are none to be had."""

from pathlib import Path

import pytest

from tests.servers import choose, debian_packages, programs
from tests.servers.errors import ServersUnavailableError


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Pretend that the machine has no Docker, no servers, no package manager, and nothing in the cache."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    monkeypatch.setattr(programs, "_on_path", lambda _: None)
    monkeypatch.setattr(programs, "_rabbitmq_on_machine", lambda: (None, None))
    monkeypatch.setattr(programs, "CACHE", tmp_path / "cache")


@pytest.mark.usefixtures("bare_machine")
def test_who_has_nothing_is_told_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the programs and the ways to get them."""
    monkeypatch.delenv(choose.VARIABLE, raising=False)
    with pytest.raises(ServersUnavailableError) as caught:
        choose.choose()
    for word in ("Docker", "mongod", "mariadbd", "rabbitmq-server", "Debian"):
        assert word in str(caught.value)


@pytest.mark.usefixtures("bare_machine")
def test_what_could_not_be_fetched_whole_is_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fetch that broke off leaves nothing that a later run takes for the servers."""

    def break_off(_: object, target: Path) -> None:
        (target / "usr").mkdir()
        raise ServersUnavailableError("the source does not answer")

    monkeypatch.setattr(debian_packages, "can_unpack", lambda: True)
    monkeypatch.setattr(debian_packages, "unpack", break_off)
    for _ in range(2):
        with pytest.raises(ServersUnavailableError, match="the source does not answer"):
            programs.find_programs()
    (left,) = (tmp_path / "cache").glob("debian*")
    assert left.name.endswith(".unfinished")


@pytest.mark.usefixtures("bare_machine")
def test_a_kind_that_was_asked_for_is_not_replaced_by_another(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for containers gets them, or hears why not."""
    monkeypatch.setenv(choose.VARIABLE, "compose")
    with pytest.raises(ServersUnavailableError, match="compose, but there is no docker command"):
        choose.choose()


def test_an_unknown_kind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message names the kinds."""
    monkeypatch.setenv(choose.VARIABLE, "cloud")
    with pytest.raises(ServersUnavailableError, match="auto, compose or native"):
        choose.choose()
