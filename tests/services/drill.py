"""A restore drill up to the point at which the services run again on restored servers."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.servers.native import native_servers
from tests.servers.programs import find_programs
from tests.services.backup import Backup, lose_everything
from tests.services.stage import Stage, stage_on

SETTINGS = {
    "TRACKLIFT_CONVERTERS": "1",
    "TRACKLIFT_IDLE_UPLOAD": "5s",
    "TRACKLIFT_ORPHAN_AGE": "10s",
    "TRACKLIFT_STALLED_AFTER": "5s",
}
"""What else takes an hour."""
BIG_UPLOAD = 8_000_000
"""Bytes, of which half come in."""


@dataclass(frozen=True, kw_only=True)
class Drill:
    """Services that run on restored servers, and what was there before."""

    stage: Stage
    backup: Backup
    ada: User
    """Has been there all the time."""
    grace: User
    """Left between the copy of MongoDB and the dump of MySQL."""
    grace_id: str
    linus: User
    """Came between the two."""
    late: User
    """Came after both."""
    finished: str
    sound: str
    """The SHA-256 of the finished MP3."""
    untold: str
    """Had ended, and the message about it was still with the broker."""
    half_way: str
    queued: str
    hers: str


@contextmanager
def restored(folder: Path) -> Iterator[Drill]:
    """Back up under way, lose everything, restore; on servers that nobody else uses."""
    with ExitStack() as stack:
        servers = stack.enter_context(native_servers(find_programs()))
        stage = stack.enter_context(stage_on(servers, folder / "services", settings=SETTINGS))

        def somebody(name: str) -> User:
            user = User(stage.services.address, f"{name}@example.org")
            stack.callback(user.http.close)
            return user.sign_up()

        backup = Backup(stage, folder)
        ada, grace = stage.sign_up(), stage.sign_up("grace@example.org")
        for user in (ada, grace):
            stack.callback(user.http.close)
        grace_id = str(grace.http.get("/v1/me").raise_for_status().json()["id"])
        finished, hers = stage.convert(ada), stage.convert(grace)
        sound = sha256_of(ada, finished, folder / "before.mp3")
        stage.services.notification.kill()
        untold = ada.upload(sample("one-second"))
        assert ada.wait_for_end(untold)["state"] == "completed"
        half_way, queued = back_up_mongodb_under_way(stage, ada, backup)

        grace.http.delete("/v1/me").raise_for_status()
        wait_for(lambda: hers not in stored_conversions(stage), "what was hers is deleted")
        linus = somebody("linus")
        backup.dump_mysql()
        late = somebody("late")
        states = [ada.record(conversion)["state"] for conversion in (half_way, queued)]
        assert states == ["converting", "queued"], states

        lose_everything(stage)
        backup.restore()
        assert stage.stray_chunks() > 0
        stage.restore()
        ada.log_in()
        yield Drill(
            stage=stage,
            backup=backup,
            ada=ada,
            grace=grace,
            grace_id=grace_id,
            linus=linus,
            late=late,
            finished=finished,
            sound=sound,
            untold=untold,
            half_way=half_way,
            queued=queued,
            hers=hers,
        )


def back_up_mongodb_under_way(stage: Stage, ada: User, backup: Backup) -> tuple[str, str]:
    """Copy MongoDB while a video is converted, another one waits, and half of a third has come in."""
    half_way = ada.upload(sample("one-hour"))
    ada.wait_for_progress(half_way)
    # What it is at gets no further before the loss, however long the rest takes.
    stage.services.converters[0].freeze()
    queued = ada.upload(sample("one-second"))
    wait_for(lambda: waiting_events(stage) == 0, "the broker has every request")
    with ada.open_upload({"Content-Length": str(BIG_UPLOAD)}) as upload:
        upload.send(bytes(BIG_UPLOAD // 2))
        wait_for(lambda: stage.stray_chunks() > 0, "a part of an upload is stored")
        backup.copy_mongodb()
    return half_way, queued


def sha256_of(user: User, conversion: str, target: Path) -> str:
    return hashlib.sha256(user.download(conversion, target).read_bytes()).hexdigest()


def waiting_events(stage: Stage) -> int:
    """Count the events that no broker has confirmed yet."""
    return stage.database["conversions"].count_documents({"outbox": {"$ne": []}})


def stored_conversions(stage: Stage) -> set[str]:
    return set(stage.database["conversions"].distinct("_id"))
