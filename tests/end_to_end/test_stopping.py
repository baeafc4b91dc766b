"""Tracklift stops when it is told to, without losing anything, and says in one line why it can't start."""

import signal
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.end_to_end.accounts import new_user
from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift, running
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.selection import thorough
from tests.services.extractions import freeze_programs, thaw_programs

pytestmark = [pytest.mark.media, pytest.mark.network]

PUBLIC_URL = {"TRACKLIFT_PUBLIC_URL": "http://tracklift.example"}


class Served(NamedTuple):
    """A Tracklift that runs, and somebody with an account there."""

    process: StandaloneProcess
    user: User

    def start(self) -> None:
        """Start it again."""
        self.process.start()
        self.user.move_to(self.process.address)


@contextmanager
def served(folder: Path, **settings: str) -> Iterator[Served]:
    """Run Tracklift, where somebody has an account."""
    with running(folder, {**PUBLIC_URL, **settings}) as process:
        user = new_user(process.data, process.address, "ada@example.org")
        yield Served(process, user)
        user.http.close()


@contextmanager
def started(served: Served) -> Iterator[Served]:
    """Start it if the test before has stopped it, and kill it if this one has left it half stopped."""
    if not served.process.is_running:
        served.start()
    yield served
    if served.process.is_running and not _answers(served.process):
        served.process.end()


@pytest.fixture(scope="module")
def _impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("impatient")
    with served(folder, TRACKLIFT_DRAIN="1s", TRACKLIFT_KEEP_SOURCE="0") as impatient:
        yield impatient


@pytest.fixture(scope="module")
def _patient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with served(tmp_path_factory.mktemp("patient"), TRACKLIFT_DRAIN="10m") as patient:
        yield patient


@pytest.fixture
def impatient(_impatient: Served) -> Iterator[Served]:
    """Have a Tracklift that stops at once with what takes long."""
    with started(_impatient) as served:
        yield served


@pytest.fixture
def patient(_patient: Served) -> Iterator[Served]:
    """Have a Tracklift whose drain lasts longer than a test waits for its end."""
    with started(_patient) as served:
        yield served


@pytest.mark.parametrize("number", [signal.SIGINT, *thorough([signal.SIGTERM])])
def test_it_stops_at_once_when_there_is_nothing_to_do(patient: Served, number: signal.Signals) -> None:
    """With exit code 0, as nothing went wrong, and without a word of error in the log.

    Who only watches does not hold it up: the stream of events ends, as the browser's would when the network is gone,
    and is opened again later.
    """
    process, user = patient
    before = len(process.log.read_text())
    with user.http.stream("GET", "/v1/events") as answer:
        lines = answer.iter_lines()
        assert next(lines).startswith(":")
        process.signal(number)
        assert list(lines) is not None
        assert process.wait() == 0

    said = process.log.read_text()[before:]
    assert "Shutting down" in said
    assert "ERROR" not in said
    assert "Traceback" not in said


def test_a_conversion_that_takes_too_long_is_given_back_and_done_after_the_restart(impatient: Served) -> None:
    """At no cost of its attempts, and without a process or folder left behind."""
    process, user = impatient
    before = process.data.media()
    conversion_id = user.upload(sample("quiet"))
    # So that it takes too long on any machine, and is done soon afterwards.
    _freeze(process)

    assert process.stop() == 0

    row = process.data.conversion(conversion_id)
    assert (row["state"], row["attempt_limit"] - row["attempt"], row["lease_until"]) == ("queued", 5, None)
    assert process.data.processes() == process.workers() == []
    assert process.data.scratch() == []

    impatient.start()
    assert user.wait_for_end(conversion_id)["state"] == "completed"
    left = sorted([*before, process.data.conversion(conversion_id)["audio_media_id"]])
    # The video goes once its outcome is announced.
    wait_for(lambda: process.data.media() == left, "the video is gone, and the MP3 alone is left")


def test_a_conversion_and_an_upload_that_end_soon_are_finished_first(patient: Served) -> None:
    """They have the drain time for that; what follows on them is done after the restart at the latest."""
    process, user = patient
    conversion_id = user.upload(sample("quiet"))
    _freeze(process)
    video = sample("one-second").read_bytes()
    with user.open_upload({"Content-Length": str(len(video))}) as upload:
        upload.send(video[:10_000])
        wait_for(lambda: _uploading(process), "the upload has begun")
        process.signal(signal.SIGTERM)
        wait_for(lambda: not _answers(process), "nobody new is let in")
        upload.send(video[10_000:])
        status, record = upload.answer()
    assert process.is_running
    assert thaw_programs(process.data.path / "scratch")
    assert process.wait() == 0

    assert (status, record["state"]) == (202, "queued")
    assert process.data.conversion(conversion_id)["state"] == "completed"
    patient.start()
    assert user.record(conversion_id)["attempt"] == 1
    assert user.wait_for_end(record["id"])["state"] == "completed"
    wait_for(lambda: len(process.data.mails_about(conversion_id)) == 1, "the mail comes")


def test_an_upload_that_takes_too_long_is_refused_and_leaves_nothing(impatient: Served) -> None:
    """The client is told to send it again."""
    process, user = impatient
    before, logged = process.data.settled_contents(), len(process.log.read_text())
    # More than the store gathers before it writes.
    with user.open_upload({"Content-Length": "6000000"}) as upload:
        upload.send(bytes(3_000_000))
        wait_for(process.data.half_uploads, "the upload has begun")
        process.signal(signal.SIGTERM)
        status, problem = upload.answer()
        assert process.wait() == 0

    assert (status, problem["code"]) == (503, "service_unavailable")
    assert "send this again" in problem["detail"]
    after = process.data.contents()
    assert (after.conversions, after.media) == (before.conversions, before.media)
    assert "Traceback" not in process.log.read_text()[logged:]


def test_a_second_signal_stops_at_once(patient: Served) -> None:
    """A second signal skips the drain; the conversion is released all the same."""
    process, user = patient
    conversion_id = user.upload(sample("quiet"))
    with user.open_upload({"Content-Length": "1000000"}) as upload:
        upload.send(bytes(500_000))
        _freeze(process)
        process.signal(signal.SIGTERM)
        wait_for(lambda: not _answers(process), "the first signal has come")
        process.signal(signal.SIGTERM)
        assert process.wait() == 0

    assert process.data.conversion(conversion_id)["state"] == "queued"
    assert not _uploading(process)
    assert process.data.processes() == process.workers() == []
    patient.start()
    assert user.wait_for_end(conversion_id)["state"] == "completed"


def test_a_second_process_on_the_same_folder_is_refused(patient: Served) -> None:
    """With the process that has it, and the first one goes on."""
    process = patient.process
    done = run_tracklift(["serve"], {"TRACKLIFT_DATA_FOLDER": str(process.data.path), "TRACKLIFT_PORT": "0"})

    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"tracklift: The folder {process.data.path} is in use by process {process.pid}.")
    assert _answers(process)


def test_a_second_process_at_the_same_address_is_refused(patient: Served, tmp_path: Path) -> None:
    """Before it touches its data."""
    port = patient.process.address.rpartition(":")[2]
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


def _freeze(process: StandaloneProcess) -> None:
    """Wait until an extraction is at work, and hold it there."""
    scratch = process.data.path / "scratch"
    wait_for(lambda: freeze_programs(scratch), "the extraction begins", every=0.002)


def _uploading(process: StandaloneProcess) -> bool:
    return any(row["state"] == "uploading" for row in process.data.rows("conversions"))


def _answers(process: StandaloneProcess) -> bool:
    host, _, port = process.address.removeprefix("http://").partition(":")
    try:
        with closing(socket.create_connection((host, int(port)), timeout=1)):
            return True
    except OSError:
        return False
