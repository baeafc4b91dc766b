"""The operator sees what could not be handled, fixes the cause, and has it handled again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift, running
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media import ffmpeg
from tests.media.samples import sample

pytestmark = [pytest.mark.media, pytest.mark.network]


class Program:
    """An ffmpeg that can be broken and fixed."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.fix()

    def break_(self) -> None:
        """Let it fail as a program does that is not installed whole."""
        self._write("exit 127")

    def fix(self) -> None:
        """Let it be a real one."""
        self._write(f'exec {ffmpeg.program()} "$@"')

    def _write(self, line: str) -> None:
        self.path.write_text(f"#!/bin/sh\n{line}\n")
        self.path.chmod(0o755)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Give an ffmpeg."""
    return Program(tmp_path_factory.mktemp("program") / "ffmpeg")


@pytest.fixture(scope="module")
def tracklift(tmp_path_factory: pytest.TempPathFactory, program: Program) -> Iterator[StandaloneProcess]:
    """Run a Tracklift that tries each conversion once."""
    settings = {"TRACKLIFT_ATTEMPTS": "1", "IMAGEIO_FFMPEG_EXE": str(program.path)}
    with running(tmp_path_factory.mktemp("dead-letters"), settings) as process:
        yield process


def the_letter(tracklift: StandaloneProcess, queue: str, *, after: int = 0) -> int:
    """Wait for a dead letter of a queue that is newer than another one, and give its id."""

    def look() -> int | None:
        ids = [row["id"] for row in tracklift.data.rows("dead_letters") if row["queue"] == queue]
        return next((each for each in ids if each > after), None)

    return wait_for(look, "it is dead-lettered")


def dead_letters(tracklift: StandaloneProcess, *arguments: str) -> tuple[int, str, str]:
    """Run `tracklift dead-letters` on the data folder; give exit code, output and errors."""
    done = run_tracklift(["dead-letters", *arguments], {"TRACKLIFT_DATA_FOLDER": str(tracklift.data.path)})
    return done.returncode, done.stdout, done.stderr


def test_a_conversion_that_failed_for_our_reasons_is_done_after_a_redrive(
    tracklift: StandaloneProcess, user: User, program: Program
) -> None:
    """While Tracklift serves: it is listed, and completes once the cause is fixed; the user hears of both outcomes."""
    program.break_()
    # One of the conversions that only ffmpeg can do.
    conversion_id = user.upload(sample("peaky"), normalize="true")
    assert user.wait_for_end(conversion_id)["error"]["code"] == "internal_error"
    letter = the_letter(tracklift, "converter")

    code, listed, _ = dead_letters(tracklift, "list", "converter")
    assert code == 0
    first, reason = listed.splitlines()
    assert first.startswith(f"converter {letter}  20")
    assert first.endswith(f"tracklift.conversion.requested.v1 {conversion_id}")
    assert "internal_error" in reason
    assert listed in dead_letters(tracklift, "list")[1]

    program.fix()
    assert dead_letters(tracklift, "redrive", "converter", str(letter))[0] == 0

    assert wait_for(lambda: user.record(conversion_id)["state"] == "completed", "it is done")
    wait_for(lambda: len(tracklift.data.mails_about(conversion_id)) == 2, "the second mail comes")
    assert tracklift.data.settled_contents().mails == 2
    assert dead_letters(tracklift, "list", "converter") == (0, "", "There are no dead letters.\n")


def test_what_is_not_an_event_is_listed_and_can_be_redriven(tracklift: StandaloneProcess) -> None:
    """Such as one that a newer release wrote."""
    with closing(sqlite3.connect(tracklift.data.path / "queue.sqlite3")) as queue, queue:
        queue.execute("INSERT INTO messages (queue, event) VALUES ('notification', '{\"id\": 1}')")
    letter = the_letter(tracklift, "notification")

    code, listed, _ = dead_letters(tracklift, "list", "notification")
    assert code == 0
    assert listed.startswith(f"notification {letter}  ")
    assert "can't be read" in listed

    assert dead_letters(tracklift, "redrive", "notification", str(letter))[0] == 0
    assert the_letter(tracklift, "notification", after=letter)


@pytest.mark.parametrize(
    ("arguments", "code", "named"),
    [
        (["redrive", "converter", "77"], 1, "no dead letter 77 of queue converter"),
        (
            ["redrive", "conversions", "7"],
            2,
            "choose one of converter, gateway, confirmations, accounts, links, account_mails, notification",
        ),
        (
            ["list", "conversions"],
            2,
            "choose one of converter, gateway, confirmations, accounts, links, account_mails, notification",
        ),
        (["redrive", "converter"], 2, "ID"),
    ],
)
def test_what_is_not_there_is_said(
    tracklift: StandaloneProcess, arguments: list[str], code: int, named: str
) -> None:
    """In one line, or with the usage."""
    given, output, errors = dead_letters(tracklift, *arguments)

    assert (given, output) == (code, "")
    assert named in errors
    assert "Traceback" not in errors


def test_a_folder_in_which_nothing_runs_is_said_and_stays_empty(tmp_path: Path) -> None:
    """A mistyped folder is not filled with an empty queue."""
    done = run_tracklift(["dead-letters", "list", "--data-folder", str(tmp_path / "data")])

    assert done.returncode == 1
    assert "--data-folder" in done.stderr
    assert not (tmp_path / "data").exists()
