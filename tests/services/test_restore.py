"""The restore drill: users and MP3s survive the loss of all servers, and what was under way is done after all.

It runs the scripts in deploy/backup, as operators do, on servers of its own, because it destroys them.
"""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pymongo import MongoClient

from tests.end_to_end.user import PASSWORD, User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.servers.native import native_servers
from tests.servers.programs import find_programs
from tests.services.backup import Backup, lose_everything
from tests.services.stage import Stage, stage_on

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.kill, pytest.mark.slow]

SETTINGS = {
    "TRACKLIFT_CONVERTERS": "1",
    "TRACKLIFT_IDLE_UPLOAD": "5s",
    "TRACKLIFT_ORPHAN_AGE": "10s",
    "TRACKLIFT_STALLED_AFTER": "5s",
}
"""What else takes an hour."""
BIG_UPLOAD = 8_000_000
"""Bytes, of which half come in."""


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Run the services on servers that nobody else uses."""
    with (
        native_servers(find_programs()) as servers,
        stage_on(servers, tmp_path / "services", settings=SETTINGS) as stage,
    ):
        yield stage


@pytest.fixture
def people() -> Iterator[ExitStack]:
    """Close the connections of users at the end."""
    with ExitStack() as stack:
        yield stack


def sha256_of(user: User, conversion: str, target: Path) -> str:
    return hashlib.sha256(user.download(conversion, target).read_bytes()).hexdigest()


def waiting_events(stage: Stage) -> int:
    """Count the events that no broker has confirmed yet."""
    with MongoClient[dict[str, Any]](stage.mongodb_url) as client:
        return client.get_default_database()["conversions"].count_documents({"outbox": {"$ne": []}})


def stored_conversions(stage: Stage) -> set[str]:
    with MongoClient[dict[str, Any]](stage.mongodb_url) as client:
        return set(client.get_default_database()["conversions"].distinct("_id"))


def can_log_in(user: User) -> bool:
    form = {"grant_type": "password", "username": user.email, "password": PASSWORD}
    answer = user.http.post("/v1/token", data=form)
    assert answer.status_code in {200, 400}, answer.text
    return answer.status_code == 200


@pytest.mark.timeout(300)
def test_all_that_a_backup_holds_is_there_after_the_loss_of_every_server(
    stage: Stage, people: ExitStack, tmp_path: Path
) -> None:
    """MongoDB is copied before MySQL is dumped, both while the services run; the broker comes back empty."""

    def somebody(name: str) -> User:
        user = User(stage.services.address, f"{name}@example.org")
        people.callback(user.http.close)
        return user

    ada, grace = somebody("ada").sign_up(), somebody("grace").sign_up()
    finished, hers = stage.convert(ada), stage.convert(grace)
    sound = sha256_of(ada, finished, tmp_path / "before.mp3")

    backup = Backup(stage, tmp_path)

    half_way = ada.upload(sample("one-hour"))
    ada.wait_for_progress(half_way)
    queued = ada.upload(sample("one-second"))
    wait_for(lambda: waiting_events(stage) == 0, "the broker has every request")
    with ada.open_upload({"Content-Length": str(BIG_UPLOAD)}) as upload:
        upload.send(bytes(BIG_UPLOAD // 2))
        wait_for(lambda: stage.stray_chunks() > 0, "a part of an upload is stored")
        backup.copy_mongodb()
        # What it is at gets no further before the loss, however long the rest takes.
        stage.services.converters[0].freeze()

    # Between the two: one user leaves, another one comes.
    grace.http.delete("/v1/me").raise_for_status()
    linus = somebody("linus").sign_up()
    backup.dump_mysql()
    late = somebody("late").sign_up()
    assert [ada.record(conversion)["state"] for conversion in (half_way, queued)] == ["converting", "queued"]

    lose_everything(stage)
    backup.restore()
    assert stage.stray_chunks() > 0
    stage.restore()

    assert can_log_in(ada)
    assert sha256_of(ada.log_in(), finished, tmp_path / "after.mp3") == sound
    for conversion in (half_way, queued):
        assert ada.wait_for_end(conversion)["state"] == "completed"
        stage.wait_for_mail(conversion)
    assert stage.result_of(ada, half_way) == ("completed", [".audio.2"], 1)
    assert stage.result_of(ada, queued) == ("completed", [".audio.1"], 1)
    assert len(stage.mails_about(finished)) == 1
    wait_for(lambda: stage.stray_chunks() == 0, "what was half uploaded is swept")
    wait_for(
        lambda: stored_conversions(stage) == {finished, half_way, queued, hers}, "its record is swept, too"
    )

    # Who came between the two is known; who came after them has to come again.
    assert can_log_in(linus)
    assert not can_log_in(late)
    late.sign_up()
    # Who left between the two is gone, but not what was theirs.
    assert not can_log_in(grace)
