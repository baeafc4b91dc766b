"""A full disk is called one, costs nobody a finished conversion, and leaves nothing half made behind."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import PATIENCE, wait_for
from tests.media.samples import sample
from tests.servers.mongodb import Mongod, MongoDbEndpoint
from tests.servers.ports import free_port
from tests.servers.programs import find_programs
from tests.servers.server import Server
from tests.servers.servers import Servers
from tests.servers.small_disk import MEGABYTE, SmallDisk, small_disk
from tests.services.kept_stage import Changes
from tests.services.service_log import Listening
from tests.services.stage import Stage, stage_on

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.kill]

ATTEMPTS = 2
BIGGEST = 40 * MEGABYTE


@pytest.fixture(scope="module")
def small_scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SmallDisk]:
    """Mount a disk of 4 MB, three minutes of MP3."""
    with small_disk(tmp_path_factory.mktemp("scratch"), 4 * MEGABYTE) as disk:
        yield disk


@pytest.fixture(scope="module")
def stage_settings(small_scratch: SmallDisk) -> Changes:
    """Have the converter keep its temporary files on the small disk, and give up soon."""
    attempts = {"TRACKLIFT_ATTEMPTS": str(ATTEMPTS)}
    scratch = {"TRACKLIFT_SCRATCH_FOLDER": str(small_scratch.seen_from_outside)}
    return {"gateway": attempts, "converter": attempts | scratch}


@pytest.fixture
def scratch(small_scratch: SmallDisk) -> SmallDisk:
    """Give the converter's disk, with nothing on it."""
    small_scratch.empty()
    return small_scratch


@pytest.mark.parametrize(
    ("video", "room"),
    [
        pytest.param("one-second", 4096, id="nothing fits"),
        pytest.param("one-hour", None, id="the MP3 does not fit", marks=pytest.mark.thorough),
        pytest.param("two-hours", None, id="the video does not fit", marks=pytest.mark.thorough),
    ],
)
def test_a_video_that_is_too_large_for_the_converters_disk_fails_as_out_of_space(
    stage: Stage, user: User, scratch: SmallDisk, video: str, room: int | None
) -> None:
    """After its attempts, with one mail, and smaller videos are converted as before."""
    if room is not None:
        scratch.fill(leave=room)
    (converter,) = stage.services.converters
    log = Listening(converter)
    before = stage.queues.dead("converter")

    conversion = user.upload(sample(video))
    record = user.wait_for_end(conversion)

    assert (record["state"], record["attempt"]) == ("failed", ATTEMPTS)
    assert record["error"]["code"] == "out_of_space"
    assert "no space left" in record["error"]["detail"]
    assert "could not be made" in stage.wait_for_mail(conversion).message["Subject"]
    (letter,) = wait_for(lambda: stage.queues.dead("converter")[len(before) :], "it is dead-lettered")
    assert letter.reason.startswith(f"out_of_space after {ATTEMPTS} attempts: ")
    # Others, of a connection that was slow to open, say, are none of this.
    trouble = [line for line in log.trouble() if "out_of_space" in line]
    assert len([line for line in trouble if "is dead-lettered" in line]) == 1
    assert len(trouble) == ATTEMPTS + 1, "\n".join(trouble)
    scratch.empty()
    assert list(scratch.seen_from_outside.iterdir()) == []

    stage.convert(user)
    assert stage.result_of(user, conversion) == ("failed", [".source"], 1)  # which a retry by the user needs
    assert stage.stray_chunks() == 0


def test_a_conversion_goes_through_when_there_is_room_again(
    stage: Stage, user: User, scratch: SmallDisk
) -> None:
    """Somebody tidies up between two attempts, and the user never hears of it."""
    (converter,) = stage.services.converters
    log = Listening(converter)
    scratch.fill(leave=4096)
    conversion = user.upload(sample("one-second"))
    wait_for(lambda: log.saying("out_of_space"), "the first attempt fails")

    scratch.empty()

    stage.wait_for_mail(conversion)
    assert stage.result_of(user, conversion) == ("completed", [".audio.2"], 1)
    assert list(scratch.seen_from_outside.iterdir()) == []


@pytest.fixture
def small_store(servers: Servers, tmp_path: Path) -> Iterator[tuple[Stage, SmallDisk]]:
    """Run the services on a MongoDB whose disk is small."""
    programs, port = find_programs(), free_port()
    soon = {"TRACKLIFT_IDLE_UPLOAD": "3s", "TRACKLIFT_ORPHAN_AGE": "3s"}
    folder = tmp_path / "mongodb"
    (folder / "data").mkdir(parents=True)
    with small_disk(folder / "data", 512 * MEGABYTE) as disk:
        mongod = Mongod(folder, programs.library_path, programs.mongod, port, launcher=disk.launcher)
        endpoint = MongoDbEndpoint(port=port, member=f"127.0.0.1:{port}")
        try:
            with stage_on(
                replace(servers, mongodb=Server(endpoint, mongod)), tmp_path / "services", settings=soon
            ) as stage:
                yield stage, disk
                disk.empty()
        finally:
            mongod.close()


@pytest.mark.thorough
def test_an_upload_for_which_mongodb_has_no_room_is_refused_and_leaves_nothing(
    small_store: tuple[Stage, SmallDisk], tmp_path: Path
) -> None:
    """What was stored before is still there, and uploads work again as soon as there is room."""
    stage, disk = small_store
    user = stage.sign_up()
    earlier = stage.convert(user)
    large = tmp_path / "large.mp4"
    large.write_bytes(os.urandom(BIGGEST))
    log = Listening(stage.services.gateway)
    disk.fill(leave=BIGGEST // 4)
    # Writing, tidying up and the record each wait for the storage, for as long as it may take to elect a new primary.
    user.http.timeout = 3 * PATIENCE

    answer = user.send(large)

    assert answer.status_code in {503, 507}, answer.text
    assert answer.json()["code"] in {"service_unavailable", "out_of_space"}
    disk.empty()
    stage.restore()
    later = stage.convert(user)
    assert {record["id"] for record in wait_for(lambda: settled(user), "the rest is over")} == {
        earlier,
        later,
    }
    wait_for(lambda: stage.stray_chunks() == 0, "the parts of it are swept")
    assert stage.result_of(user, earlier) == stage.result_of(user, later) == ("completed", [".audio.1"], 1)
    assert len(log.trouble()) < 20, log.trouble()
    user.http.close()


def settled(user: User) -> list[dict[str, object]] | None:
    """Give all records of a user, once no upload is under way."""
    records = user.records()
    return None if any(record["state"] == "uploading" for record in records) else records
