"""No other user of the machine can read what Tracklift keeps."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift
from tests.end_to_end.user import User
from tests.media.samples import sample

pytestmark = [pytest.mark.media, pytest.mark.network]


@pytest.fixture
def process(tmp_path: Path) -> Iterator[StandaloneProcess]:
    """Give a Tracklift that is not started, with a data folder that everybody may read and enter."""
    process = StandaloneProcess(tmp_path)
    process.data.path.mkdir()
    process.data.path.chmod(0o755)
    (process.data.path / "media").mkdir()
    yield process
    process.end()


def open_to_others(folder: Path) -> dict[str, str]:
    """Give the modes of all paths in a folder to which other users have any right."""
    modes = {}
    for path in (folder, *folder.rglob("*")):
        # What is deleted meanwhile is open to nobody any more.
        with suppress(FileNotFoundError):
            modes[str(path)] = path.lstat().st_mode
    return {path: oct(mode) for path, mode in modes.items() if mode & 0o077}


def test_all_that_a_running_tracklift_writes_is_private(process: StandaloneProcess) -> None:
    """Database, write-ahead log, queue, mails and media, in a folder that was open at first."""
    process.start()
    user = User(process.address).sign_up()
    user.wait_for_end(user.upload(sample("one-second")))

    written = {path.name for path in process.data.path.iterdir()}
    assert {"tracklift.sqlite3-wal", "queue.sqlite3-wal", "mailbox", "media", "scratch"} <= written
    assert open_to_others(process.data.path) == {}
    user.http.close()


def test_a_running_tracklift_makes_only_private_files(process: StandaloneProcess) -> None:
    """Whatever mode a library asks for: the umask of the process is 077."""
    process.start()

    status = Path(f"/proc/{process.pid}/status").read_text().splitlines()

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
