"""`tracklift upload`: only the sound, over lines that are cut, by a client that is killed."""

import asyncio
import json
import random
import shutil
import signal
from pathlib import Path

import pytest

from tests.end_to_end.standalone_process import StandaloneProcess, run_tracklift
from tests.end_to_end.user import User
from tests.end_to_end.user_shell import Terminal
from tests.end_to_end.waiting import wait_for
from tests.integration.resetting_proxy import ResettingProxy
from tests.media.boxes import box
from tests.media.samples import sample

pytestmark = [pytest.mark.network, pytest.mark.media]


@pytest.fixture
def tracklift(shared_tracklift: StandaloneProcess) -> StandaloneProcess:
    return shared_tracklift


@pytest.fixture
def user(regular: User) -> User:
    return regular


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a video of half a megabyte, of which little is sound, and no two places are alike."""
    path = tmp_path_factory.mktemp("original") / "talk.mp4"
    noise = random.Random(7).randbytes(450_000)  # noqa: S311 (test data, no secret)
    path.write_bytes(sample("one-second").read_bytes() + box(b"free", noise))
    return path


@pytest.fixture
def video(terminal: Terminal, original: Path) -> Path:
    """Give it in the user's home."""
    return Path(shutil.copy(original, terminal.home / "talk.mp4"))


@pytest.fixture(scope="module")
def expected(original: Path) -> bytes:
    """Give the MP3 that `tracklift convert` makes of the whole video."""
    done = run_tracklift(["convert", str(original), "-o", str(original.with_name("expected.mp3"))])
    assert done.returncode == 0, done.stderr
    return original.with_name("expected.mp3").read_bytes()


def test_the_sound_is_sent_and_the_mp3_put_beside_the_video(
    ada: Terminal, user: User, video: Path, expected: bytes
) -> None:
    """Byte for byte the MP3 of the whole video; nothing is left that a later call would go on with."""
    done = ada.run(["upload", "talk.mp4", "--json"])

    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["input"], told["output"]) == ("talk.mp4", "talk.mp3")
    assert video.with_suffix(".mp3").read_bytes() == expected
    record = user.record(told["id"])
    assert (record["source"]["sent"], record["source"]["name"]) == ("sound", "talk.mp4")
    assert record["source"]["size"] < video.stat().st_size
    assert list((ada.home / ".local" / "state" / "tracklift" / "uploads").iterdir()) == []


def test_options_and_several_files_go_along(ada: Terminal, user: User, video: Path) -> None:
    """One that fails does not keep the others back."""
    (ada.home / "text.mp4").write_text("no video")
    done = ada.run(["upload", "talk.mp4", "text.mp4", "missing.mp4", "-o", "music/", "--bitrate", "64"])

    assert done.returncode == 1
    assert sorted(line.partition(":")[0] for line in done.stderr.splitlines() if ": " in line) == [
        "missing.mp4",
        "text.mp4",
    ]
    assert [path.name for path in (ada.home / "music").iterdir()] == ["talk.mp3"]
    (record,) = user.records(state="completed")
    assert record["options"]["bitrate"] == 64


def test_without_waiting_the_id_is_told(ada: Terminal, user: User, video: Path) -> None:
    """The same call again, with waiting, downloads the MP3 without sending anything."""
    begun = ada.run(["upload", "talk.mp4", "--no-wait", "--json"])
    conversion_id = json.loads(begun.stdout)["id"]
    finished = ada.run(["upload", "talk.mp4", "--json"])

    assert json.loads(finished.stdout)["id"] == conversion_id
    assert video.with_suffix(".mp3").exists()
    assert len(user.records()) == 1


def test_a_dry_run_says_what_would_be_sent(ada: Terminal, user: User, video: Path) -> None:
    """And sends nothing."""
    done = ada.run(["upload", "talk.mp4", "--dry-run"])

    assert done.returncode == 0
    assert "its sound" in done.stderr
    assert user.records() == []


def test_a_watched_folder_is_converted_at_the_server(
    ada: Terminal, user: User, video: Path, expected: bytes
) -> None:
    """Once, also over two calls."""
    first = ada.run(["watch-folder", ".", "--once"])
    second = ada.run(["watch-folder", ".", "--once"])

    assert (first.returncode, second.returncode) == (0, 0), first.stderr
    assert video.with_suffix(".mp3").read_bytes() == expected
    assert len(user.records()) == 1


async def test_a_line_that_is_cut_again_and_again_is_survived(
    terminal: Terminal, tracklift: StandaloneProcess, user: User, video: Path, expected: bytes
) -> None:
    """Within one call, and without a second upload."""
    async with ResettingProxy(tracklift.address, smallest=100_000, largest=150_000) as line:
        await asyncio.to_thread(terminal.log_in_with_a_key, user, line.url)
        done = await asyncio.to_thread(terminal.run, ["upload", "talk.mp4", "--whole", "--no-wait"])
        assert done.returncode == 0, done.stderr
        assert line.resets >= 3
    (record,) = user.records()
    ended = await asyncio.to_thread(user.wait_for_end, record["id"])

    assert ended["source"]["sent"] == "whole"
    audio = user.http.get(f"/v1/conversions/{record['id']}/audio")
    assert audio.content == expected


async def test_a_client_that_is_killed_goes_on_when_it_is_called_again(
    terminal: Terminal, tracklift: StandaloneProcess, user: User, video: Path, expected: bytes
) -> None:
    """From where it was, without a second conversion."""
    async with ResettingProxy(tracklift.address, smallest=100_000, largest=100_001) as line:
        await asyncio.to_thread(terminal.log_in_with_a_key, user, line.url)
        killed = terminal.start(["upload", "talk.mp4", "--whole"])
        try:
            await asyncio.to_thread(wait_for, lambda: _received(user), "some of it has arrived")
            await line.close()
        finally:
            code = await asyncio.to_thread(killed.kill)
        (record,) = user.records()
        received = _received(user)
        line.let_through()
        await line.open()
        done = await asyncio.to_thread(terminal.run, ["upload", "talk.mp4", "--whole", "--json"])

    assert code == -signal.SIGKILL
    assert 0 < received < record["upload"]["length"]
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["id"] == record["id"]
    assert len(user.records()) == 1
    assert video.with_suffix(".mp3").read_bytes() == expected


def _received(user: User) -> int:
    """Tell how many bytes of unfinished uploads the server has."""
    answers = (
        user.http.head(f"/v1/uploads/{each['id']}", headers={"Tus-Resumable": "1.0.0"})
        for each in user.records(state="uploading")
    )
    return sum(int(answer.headers["Upload-Offset"]) for answer in answers)
