"""A folder is for one process at a time."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tracklift_adapters.system.exclusive_folder import FolderHeldError, exclusive_folder
from tracklift_domain.errors import ServiceUnavailableError

HOLDER = """
import subprocess, sys
from pathlib import Path
from tracklift_adapters.system.exclusive_folder import exclusive_folder
with exclusive_folder(Path(sys.argv[1])):
    child = subprocess.Popen(["sleep", "60"]) if "with-child" in sys.argv else None
    print("held" if child is None else child.pid, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "some" / "data"


@pytest.fixture
def holder(folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = start_holder(folder)
    yield process
    stop(process)


def start_holder(folder: Path, *more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(folder), *more],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )


def said(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def stop(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_the_folder_is_made_for_its_owner_alone(folder: Path) -> None:
    with exclusive_folder(folder):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / ".lock").read_text() == f"{os.getpid()}\n"
        assert (folder / ".lock").stat().st_mode & 0o777 == 0o600


def test_a_folder_that_was_left_can_be_taken_again(folder: Path) -> None:
    for _ in range(3):
        with exclusive_folder(folder):
            assert (folder / ".lock").read_text() == f"{os.getpid()}\n"


def test_an_error_inside_leaves_the_folder_free(folder: Path) -> None:
    with pytest.raises(ZeroDivisionError), exclusive_folder(folder):
        raise ZeroDivisionError

    with exclusive_folder(folder):
        pass


def test_the_same_process_can_not_take_it_twice(folder: Path) -> None:
    with exclusive_folder(folder):
        with pytest.raises(FolderHeldError), exclusive_folder(folder):
            pass
        with pytest.raises(FolderHeldError), exclusive_folder(folder):
            pass


def test_another_process_is_told_who_has_it(folder: Path, holder: subprocess.Popen[str]) -> None:
    assert said(holder) == "held"

    with pytest.raises(FolderHeldError) as caught, exclusive_folder(folder):
        pass

    assert caught.value.folder == folder
    assert caught.value.holder == holder.pid
    assert str(caught.value) == f"The folder {folder} is in use by process {holder.pid}."


def test_a_holder_that_has_not_yet_said_its_id_is_another_process(
    folder: Path, holder: subprocess.Popen[str]
) -> None:
    assert said(holder) == "held"
    (folder / ".lock").write_text("")

    with pytest.raises(FolderHeldError, match="by another process") as caught, exclusive_folder(folder):
        pass

    assert caught.value.holder is None


@pytest.mark.kill
def test_a_killed_process_leaves_the_folder_free(folder: Path, holder: subprocess.Popen[str]) -> None:
    assert said(holder) == "held"
    stop(holder)

    with exclusive_folder(folder):
        assert (folder / ".lock").read_text() == f"{os.getpid()}\n"


@pytest.mark.kill
def test_a_program_that_outlives_a_killed_process_does_not_keep_the_folder(folder: Path) -> None:
    process = start_holder(folder, "with-child")
    child = int(said(process))
    process.kill()
    process.wait()
    try:
        with exclusive_folder(folder):
            pass
        os.kill(child, 0)
    finally:
        os.kill(child, 9)
        process.communicate()


def test_of_processes_that_start_at_once_one_gets_it(folder: Path) -> None:
    processes = [start_holder(folder) for _ in range(3)]
    first = sorted(said(process) for process in processes)
    for process in processes:
        stop(process)

    assert first == ["", "", "held"]


@pytest.mark.parametrize("name", ["file", "file/below"])
def test_a_folder_that_can_not_be_used_is_not_available(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(ServiceUnavailableError, match=str(tmp_path)), exclusive_folder(tmp_path / name):
        pass


def test_leaks_no_open_files(folder: Path) -> None:
    with exclusive_folder(folder):
        before = len(list(Path("/proc/self/fd").iterdir()))
        for _ in range(10):
            with pytest.raises(FolderHeldError), exclusive_folder(folder):
                pass

        assert len(list(Path("/proc/self/fd").iterdir())) == before
