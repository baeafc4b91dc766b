"""An app that tests fork from its imports behaves as one that is started."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.preloaded import start
from tests.preloaded.preloaded_apps import ForkedProcess, PreloadedApps, fits
from tests.servers.ports import free_port

APP = "tracklift_notification"
pytestmark = pytest.mark.network

ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith("TRACKLIFT_")}


@pytest.fixture(scope="module")
def preloaded() -> PreloadedApps:
    """Give what the other tests of this process fork from."""
    return start._preloaded()


def forked(apps: PreloadedApps, folder: Path, settings: dict[str, str]) -> ForkedProcess:
    """Fork it in a folder, in which it writes to a log."""
    with Path(os.devnull).open() as nothing, (folder / "log").open("a") as log:
        streams = (nothing.fileno(), log.fileno(), log.fileno())
        return apps.fork(APP, [], {**ENVIRONMENT, **settings}, folder, streams)


# Each run has the tests of services and end to end, all of which fork their apps; the night starts these.
@pytest.mark.thorough
def test_it_ends_with_the_same_words_and_code_as_one_that_is_started(
    preloaded: PreloadedApps, tmp_path: Path
) -> None:
    """It has the environment that it is given, and not that of the process from which it is forked."""
    settings = {"TRACKLIFT_MONGODB_URL": "mongodb://127.0.0.1/tracklift"}
    started = subprocess.run(
        [sys.executable, "-m", APP],
        env={**ENVIRONMENT, **settings},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    code = forked(preloaded, tmp_path, settings).wait(PATIENCE)

    assert (code, (tmp_path / "log").read_text()) == (started.returncode, started.stderr)
    assert code == 2
    assert started.stderr == f"{APP}: TRACKLIFT_RABBITMQ_URL is not set.\n"


def test_it_is_a_process_of_its_own_that_can_be_killed(preloaded: PreloadedApps, tmp_path: Path) -> None:
    """In the folder that it is given; others can be forked before and after."""
    nobody = f"127.0.0.1:{free_port()}"
    settings = {
        "TRACKLIFT_MAIL_FROM": "tracklift@example.org",
        "TRACKLIFT_MONGODB_URL": f"mongodb://{nobody}/tracklift",
        "TRACKLIFT_PORT": str(free_port()),
        "TRACKLIFT_PUBLIC_URL": "http://tracklift.example",
        "TRACKLIFT_RABBITMQ_URL": f"amqp://{nobody}",
        "TRACKLIFT_SMTP_HOST": "127.0.0.1",
    }
    process = forked(preloaded, tmp_path, settings)
    wait_for((tmp_path / "log").read_text, "it logs")

    assert Path(f"/proc/{process.pid}/cwd").readlink() == tmp_path
    assert forked(preloaded, tmp_path, {}).wait(PATIENCE) == 2
    assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    assert process.wait(PATIENCE) == process.poll() == -signal.SIGKILL
    process.send_signal(signal.SIGKILL)


def test_variables_that_the_interpreter_reads_when_it_starts_need_a_new_one() -> None:
    """All others may differ."""
    assert fits({**ENVIRONMENT, "TRACKLIFT_PORT": "1", "TMPDIR": "/tmp"})  # noqa: S108
    assert not fits({**ENVIRONMENT, "PYTHONHASHSEED": "1"})
    assert not fits({**ENVIRONMENT, "LC_ALL": "tr_TR.UTF-8"})
