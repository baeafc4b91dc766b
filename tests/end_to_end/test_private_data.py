"""No other user of the machine can read what Tracklift keeps."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from tests.end_to_end.accounts import new_user
from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample

pytestmark = [pytest.mark.media, pytest.mark.network]


@contextmanager
def in_an_open_folder(folder: Path) -> Iterator[StandaloneProcess]:
    """Give a Tracklift that is not started, with a data folder that everybody may read and enter."""
    process = StandaloneProcess(folder)
    process.data.path.mkdir()
    process.data.path.chmod(0o755)
    (process.data.path / "media").mkdir()
    yield process
    process.end()


@pytest.fixture
def process(tmp_path: Path) -> Iterator[StandaloneProcess]:
    """Give one that is not started."""
    with in_an_open_folder(tmp_path) as process:
        yield process


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneProcess]:
    """Give one that runs."""
    with in_an_open_folder(tmp_path_factory.mktemp("open")) as process:
        process.start()
        yield process


def open_to_others(folder: Path) -> dict[str, str]:
    """Give the modes of all paths in a folder to which other users have any right."""
    modes = {}
    for path in (folder, *folder.rglob("*")):
        # What is deleted meanwhile is open to nobody any more.
        with suppress(FileNotFoundError):
            modes[str(path)] = path.lstat().st_mode
    return {path: oct(mode) for path, mode in modes.items() if mode & 0o077}


def test_all_that_a_running_tracklift_writes_is_private(running: StandaloneProcess) -> None:
    """Database, write-ahead log, queue, mails and media, in a folder that was open at first."""
    user = new_user(running.data, running.address, "ada@example.org")
    conversion = user.upload(sample("one-second"))
    wait_for(lambda: running.data.mails_about(conversion), "the mail comes")

    written = {path.name for path in running.data.path.iterdir()}
    assert {"tracklift.sqlite3-wal", "queue.sqlite3-wal", "mailbox", "media", "scratch"} <= written
    assert open_to_others(running.data.path) == {}
    user.http.close()


def test_a_running_tracklift_makes_only_private_files(running: StandaloneProcess) -> None:
    """Whatever mode a library asks for: the umask of the process is 077."""
    status = Path(f"/proc/{running.pid}/status").read_text().splitlines()

    assert "Umask:\t0077" in status


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file to another user")
def test_a_folder_of_another_user_is_refused(process: StandaloneProcess) -> None:
    """In one sentence; and doctor says what can be done."""
    folder = process.data.path
    os.chown(folder, 4711, -1)
    said = f"The folder {folder} is not available: {folder} belongs to another user (UID 4711), who could read it."

    process.launch()

    assert process.wait() == 1
    assert process.log.read_text() == f"tracklift: {said} 'tracklift doctor' tells more.\n"
    examined = run_tracklift(["doctor", "--data-folder", str(folder)], folder=folder.parent)
    assert examined.returncode == 1
    assert f"WRONG {said}\n      -> Give all of it to the user who runs Tracklift" in examined.stdout
