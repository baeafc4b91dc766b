"""The command line against a running server: log in, list, watch, download, cancel, retry, delete."""

import hashlib
import json
import os
import stat

import pytest

from tests.end_to_end.standalone_process import StandaloneProcess
from tests.end_to_end.user import User
from tests.end_to_end.user_shell import Terminal
from tests.media.samples import sample
from tests.servers.ports import free_port

pytestmark = [pytest.mark.network, pytest.mark.media]
UNKNOWN = "0" * 32


@pytest.fixture
def user(regular: User) -> User:
    return regular


def test_who_logs_in_is_known_until_the_log_out(terminal: Terminal, user: User) -> None:
    """The password and the tokens are nowhere to be read by others."""
    before = terminal.run(["whoami"])
    terminal.log_in(user)
    during = terminal.run(["whoami"])
    mode = stat.S_IMODE(terminal.credentials.stat().st_mode)
    ended = terminal.run(["logout"])
    after = terminal.run(["whoami"])

    assert (before.returncode, after.returncode) == (3, 3)
    assert "tracklift login" in before.stderr
    assert during.stdout == f"{user.address}  {user.email}\n"
    assert mode == 0o600
    assert ended.returncode == 0
    assert not terminal.credentials.exists()
    assert [
        each["device"] for each in user.http.get("/v1/sessions").json()["items"] if not each["current"]
    ] == []


def test_a_wrong_password_changes_nothing(ada: Terminal, user: User) -> None:
    """Who was logged in stays so."""
    refused = ada.run(["login", user.address, "--email", user.email, "--password-stdin"], "wrong\n")

    assert refused.returncode == 1
    assert "Traceback" not in refused.stderr
    assert ada.run(["whoami"]).returncode == 0


def test_a_key_logs_in_too(terminal: Terminal, user: User) -> None:
    """Kept, or from the environment."""
    key = user.http.post("/v1/api-keys", json={"name": "shell"}).raise_for_status().json()["key"]
    done = terminal.run(["login", user.address, "--api-key-stdin"], f"{key}\n")
    shown = terminal.run(["whoami", "--json"])
    terminal.run(["logout"])
    terminal.settings |= {"TRACKLIFT_SERVER": user.address, "TRACKLIFT_API_KEY": key}

    assert done.returncode == 0, done.stderr
    assert json.loads(shown.stdout) == {"server": user.address, "email": None}
    assert terminal.run(["list"]).returncode == 0
    terminal.settings["TRACKLIFT_API_KEY"] = key[:-1]
    assert terminal.run(["list"]).returncode == 3


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--device"], "The server has no sign-in provider"),
        (["--device", "--api-key-stdin"], "--api-key-stdin and --device can't be given together."),
        (["--provider", "x", "--password-stdin"], "--password-stdin and --provider can't be given together."),
    ],
)
def test_ways_to_log_in_that_are_not_there_or_contradict_each_other_are_told(
    terminal: Terminal, shared_tracklift: StandaloneProcess, arguments: list[str], told: str
) -> None:
    done = terminal.run(["login", shared_tracklift.address, *arguments])

    assert done.returncode == 2
    assert told in done.stderr


def test_a_server_that_is_not_there_is_told(terminal: Terminal) -> None:
    """With an exit code that says: try again."""
    nowhere = f"http://127.0.0.1:{free_port()}"
    terminal.settings |= {"TRACKLIFT_SERVER": nowhere, "TRACKLIFT_API_KEY": "tracklift_" + "0" * 43}
    done = terminal.run(["cancel", UNKNOWN])

    assert done.returncode == 4
    assert "The connection to the server failed" in done.stderr


def test_a_conversion_is_listed_watched_downloaded_and_deleted(ada: Terminal, user: User) -> None:
    """The MP3 is byte for byte that of the server."""
    conversion_id = user.upload(sample("one-second"), name="talk \x1b[2J.mp4")
    watched = ada.run(["watch", conversion_id, "--json"])
    listed = ada.run(["list"])
    downloaded = ada.run(["download", conversion_id])
    again = ada.run(["download", conversion_id])
    piped = ada.start(["download", conversion_id, "-o", "-"])
    assert piped.wait() == 0, piped.errors()
    removed = ada.run(["rm", conversion_id])
    gone = ada.run(["rm", conversion_id])

    record = json.loads(watched.stdout.splitlines()[-1])
    assert (watched.returncode, record["state"]) == (0, "completed")
    assert listed.stdout.startswith(f"{conversion_id}  ")
    assert "\x1b" not in listed.stdout
    mp3 = (ada.home / record["audio"]["name"]).read_bytes()
    assert hashlib.sha256(mp3).hexdigest() == record["audio"]["sha256"]
    assert downloaded.returncode == 0, downloaded.stderr
    assert again.returncode == 1
    assert "--overwrite" in again.stderr
    assert piped.output() == mp3
    assert (removed.returncode, gone.returncode) == (0, 1)
    assert user.records() == []


def test_another_mp3_of_the_same_video_needs_no_upload(ada: Terminal, user: User) -> None:
    """Its options are those of the call, and it outlives the conversion with which the video was uploaded."""
    conversion_id = user.upload(sample("one-second"), name="one-second.mp4")
    first = user.wait_for_end(conversion_id)
    refused = ada.run(["again", conversion_id, "--bitrate", "100"])
    made = ada.run(["again", conversion_id, "--bitrate", "64", "--end", "0.5", "--json"])
    second = json.loads(made.stdout)["id"]
    removed = ada.run(["rm", conversion_id])
    record = user.wait_for_end(second)
    third = ada.run(["again", second])
    gone = ada.run(["again", conversion_id])

    assert (refused.returncode, made.returncode, removed.returncode) == (2, 0, 0), made.stderr
    assert (record["state"], record["audio"]["bitrate"]) == ("completed", 64)
    assert record["audio"]["duration"] < 0.6
    assert third.returncode == 0
    same = user.wait_for_end(third.stdout.strip())
    assert same["audio"]["sha256"] == first["audio"]["sha256"], "the video was reduced to its sound meanwhile"
    assert gone.returncode == 1


def test_a_conversion_is_cancelled_and_only_what_failed_is_retried(ada: Terminal, user: User) -> None:
    """What the server declines is said in its own words."""
    conversion_id = user.upload(sample("one-hour"))
    cancelled = ada.run(["cancel", conversion_id, "--json"])
    retried = ada.run(["retry", conversion_id])
    watched = ada.run(["watch", conversion_id])

    assert json.loads(cancelled.stdout)["state"] == "cancelled"
    assert retried.returncode == 1
    assert retried.stderr.startswith(f"{conversion_id}: ")
    assert watched.returncode == 1


def test_of_several_the_others_are_done_all_the_same(ada: Terminal, user: User) -> None:
    """And the exit code says that one failed."""
    conversion_id = user.upload(sample("one-second"), name="one-second.mp4")
    user.wait_for_end(conversion_id)
    done = ada.run(["download", UNKNOWN, conversion_id, "-o", "music"])

    assert done.returncode == 1
    assert done.stderr.startswith(f"{UNKNOWN}: ")
    assert os.listdir(ada.home / "music") == ["one-second.mp3"]  # noqa: PTH208  # names, hidden ones too
