"""Tracklift stops when it is told to, without losing anything, and says in one line why it can't start."""

import signal
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.services.extractions import freeze_programs

pytestmark = [pytest.mark.media, pytest.mark.network]

PUBLIC_URL = {"TRACKLIFT_PUBLIC_URL": "http://tracklift.example"}
LONG = {"sample_rate": "48000"}
"""Options that make the conversion of an hour take some seconds."""


@pytest.fixture
def process(tmp_path: Path) -> Iterator[StandaloneProcess]:
    """Have a Tracklift that stops at once with what takes long."""
    process = StandaloneProcess(
        tmp_path, {**PUBLIC_URL, "TRACKLIFT_DRAIN": "1s", "TRACKLIFT_KEEP_SOURCE": "0"}
    )
    try:
        process.start()
        yield process
    finally:
        process.end()


@pytest.fixture
def user(process: StandaloneProcess) -> Iterator[User]:
    """Sign somebody up."""
    user = User(process.address).sign_up()
    yield user
    user.http.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_stops_at_once_when_there_is_nothing_to_do(
    process: StandaloneProcess, number: signal.Signals
) -> None:
    """With exit code 0, as nothing went wrong, and without a word of error in the log."""
    process.signal(number)

    assert process.wait() == 0
    assert "ERROR" not in process.log.read_text()
    assert "Traceback" not in process.log.read_text()


def test_a_conversion_that_takes_too_long_is_given_back_and_done_after_the_restart(
    process: StandaloneProcess, user: User
) -> None:
    """At no cost of its attempts, and without a process or folder left behind."""
    conversion_id = user.upload(sample("three-minutes"), normalize="true", **LONG)
    scratch = process.data.path / "scratch"
    # So that it takes too long on any machine, and is done soon afterwards.
    wait_for(lambda: freeze_programs(scratch), "the extraction begins", every=0.002)

    assert process.stop() == 0

    row = process.data.conversion(conversion_id)
    assert (row["state"], row["attempt_limit"] - row["attempt"], row["lease_until"]) == ("queued", 5, None)
    assert process.data.processes() == process.workers() == []
    assert process.data.scratch() == []

    process.start()
    user.move_to(process.address)
    assert user.wait_for_end(conversion_id)["state"] == "completed"
    assert process.data.media() == [process.data.conversion(conversion_id)["audio_media_id"]]


def test_a_conversion_that_ends_soon_is_finished_first(tmp_path: Path) -> None:
    """It has the drain time for that; its mail goes out at the latest after the restart."""
    process = StandaloneProcess(tmp_path, {**PUBLIC_URL, "TRACKLIFT_DRAIN": "40s"})
    try:
        process.start()
        user = User(process.address).sign_up()
        conversion_id = user.upload(sample("three-minutes"), sample_rate="48000")
        user.wait_for_state(conversion_id, "converting")

        assert process.stop() == 0

        assert process.data.conversion(conversion_id)["state"] == "completed"
        process.start()
        user.move_to(process.address)
        assert user.record(conversion_id)["attempt"] == 1
        wait_for(lambda: len(process.data.mails_about(conversion_id)) == 1, "the mail comes")
        user.http.close()
    finally:
        process.end()


def test_an_upload_that_ends_in_time_is_accepted(process: StandaloneProcess, user: User) -> None:
    """And its conversion is done after the restart."""
    video = sample("one-second").read_bytes()
    with user.open_upload({"Content-Length": str(len(video))}) as upload:
        upload.send(video[:10_000])
        wait_for(lambda: process.data.contents().conversions, "the upload has begun")
        process.signal(signal.SIGTERM)
        wait_for(lambda: not _answers(process), "nobody new is let in")
        upload.send(video[10_000:])
        status, record = upload.answer()
    assert process.wait() == 0

    assert (status, record["state"]) == (202, "queued")
    process.start()
    user.move_to(process.address)
    assert user.wait_for_end(record["id"])["state"] == "completed"


def test_an_upload_that_takes_too_long_is_refused_and_leaves_nothing(
    process: StandaloneProcess, user: User
) -> None:
    """The client is told to send it again."""
    # More than the store gathers before it writes.
    with user.open_upload({"Content-Length": "6000000"}) as upload:
        upload.send(bytes(3_000_000))
        wait_for(lambda: process.data.contents().media, "the upload has begun")
        process.signal(signal.SIGTERM)
        status, problem = upload.answer()
        assert process.wait() == 0

    assert (status, problem["code"]) == (503, "service_unavailable")
    assert "send this again" in problem["detail"]
    assert process.data.rows("conversions") == []
    assert process.data.media_files() == []
    assert "Traceback" not in process.log.read_text()


def test_who_only_watches_does_not_hold_up_the_stop(tmp_path: Path) -> None:
    """The stream of events ends, as the browser's would when the network is gone, and is opened again later.

    The drain would last longer than the test waits for the process.
    """
    process = StandaloneProcess(tmp_path, {**PUBLIC_URL, "TRACKLIFT_DRAIN": "10m"})
    try:
        process.start()
        user = User(process.address).sign_up()
        with user.http.stream("GET", "/v1/events") as answer:
            lines = answer.iter_lines()
            assert next(lines).startswith(":")
            process.signal(signal.SIGTERM)
            assert list(lines) is not None
            assert process.wait() == 0
        user.http.close()
    finally:
        process.end()


def test_a_second_signal_stops_at_once(tmp_path: Path) -> None:
    """For whoever has no patience; the conversion is given back all the same."""
    process = StandaloneProcess(tmp_path, {**PUBLIC_URL, "TRACKLIFT_DRAIN": "10m"})
    try:
        process.start()
        user = User(process.address).sign_up()
        conversion_id = user.upload(sample("one-hour"), **LONG)
        with user.open_upload({"Content-Length": "1000000"}) as upload:
            upload.send(bytes(500_000))
            user.wait_for_progress(conversion_id)
            process.signal(signal.SIGTERM)
            wait_for(lambda: not _answers(process), "the first signal has come")
            process.signal(signal.SIGTERM)
            assert process.wait() == 0

        assert [row["state"] for row in process.data.rows("conversions")] == ["queued"]
        assert process.data.processes() == process.workers() == []
        user.http.close()
    finally:
        process.end()


def test_a_second_process_on_the_same_folder_is_refused(process: StandaloneProcess) -> None:
    """With the process that has it, and the first one goes on."""
    done = run_tracklift(["serve"], {"TRACKLIFT_DATA_FOLDER": str(process.data.path), "TRACKLIFT_PORT": "0"})

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"tracklift: The folder {process.data.path} is in use by process {process.pid}.")
    assert _answers(process)


def test_a_second_process_at_the_same_address_is_refused(process: StandaloneProcess, tmp_path: Path) -> None:
    """Before it touches its data."""
    port = process.address.rpartition(":")[2]
    settings = {"TRACKLIFT_DATA_FOLDER": str(tmp_path / "other"), "TRACKLIFT_PORT": port}
    done = run_tracklift(["serve"], settings)

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert f"can't listen at 127.0.0.1:{port}" in line
    assert not (tmp_path / "other").exists()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRACKLIFT_PORT", "eighty"),
        ("TRACKLIFT_PORT", "70000"),
        ("TRACKLIFT_LEASE", "0s"),
        ("TRACKLIFT_DRAIN", "soon"),
        ("TRACKLIFT_CONVERTERS", "0"),
        ("TRACKLIFT_PUBLIC_URL", "tracklift.example"),
        ("TRACKLIFT_MAIL_FROM", "nobody"),
        ("TRACKLIFT_LOG_LEVEL", "LOUD"),
        ("TRACKLIFT_MAIL_FROM_FILE", "/does/not/exist"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(tmp_path: Path, name: str, value: str) -> None:
    """Before anything is begun."""
    done = run_tracklift(["serve"], {"TRACKLIFT_DATA_FOLDER": str(tmp_path / "data"), name: value})

    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"tracklift: {name}")
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize("file", ["tracklift.sqlite3", "queue.sqlite3", "signing-key.pem"])
def test_a_damaged_file_is_named_in_one_line_and_left_as_it_is(tmp_path: Path, file: str) -> None:
    """Somebody must look at it; nothing is made anew in its place."""
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    damaged = folder / file
    damaged.write_bytes(b"This is no such file. " * 100)
    damaged.chmod(0o600)
    done = run_tracklift(["serve"], {"TRACKLIFT_DATA_FOLDER": str(folder), "TRACKLIFT_PORT": "0"})

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert str(damaged) in line
    assert damaged.read_bytes() == b"This is no such file. " * 100


def test_a_data_folder_that_is_a_file_is_named_in_one_line(tmp_path: Path) -> None:
    """Nothing can be kept there."""
    (tmp_path / "data").touch()
    done = run_tracklift(["serve"], {"TRACKLIFT_DATA_FOLDER": str(tmp_path / "data"), "TRACKLIFT_PORT": "0"})

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert str(tmp_path / "data") in line


def _answers(process: StandaloneProcess) -> bool:
    host, _, port = process.address.removeprefix("http://").partition(":")
    try:
        with closing(socket.create_connection((host, int(port)), timeout=1)):
            return True
    except OSError:
        return False
