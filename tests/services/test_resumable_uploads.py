"""Uploads by tus with services: gateways, MongoDB and lines end in the middle of a part; another gateway goes on."""

import random
from pathlib import Path

import pytest

from tests.end_to_end.foreign_clients import CLIENTS, assert_that_a_cut_line_changes_nothing, make_file
from tests.end_to_end.resumable_upload import ResumableUpload
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.boxes import box
from tests.media.samples import sample
from tests.selection import thorough
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.kill]
SIZE = 21_000_000


def a_video() -> bytes:
    """Make a video with noise behind it, so that no two places are alike."""
    video = sample("one-second").read_bytes()
    noise = random.Random(7).randbytes(SIZE - len(video) - 8)  # noqa: S311 (test data, no secret)
    return video + box(b"free", noise)


@pytest.mark.parametrize("sent", [*thorough([1, 300_000, 16_000_000]), SIZE - 1])
def test_a_gateway_that_is_killed_in_the_middle_of_a_part_loses_and_doubles_nothing(
    stage: Stage, user: User, sent: int
) -> None:
    upload = ResumableUpload(user, a_video(), filename=f"killed {sent}.mp4")
    with upload.open_part(0) as part:
        part.send(upload.video[:sent])
        if sent > 9_000_000:
            wait_for(lambda: upload.offset() > 0, "some of it is certain")
        stage.services.gateway.kill()
    stage.restore()

    assert upload.offset() <= sent
    upload.finish()

    upload.check()
    stage.wait_for_mail(upload.id)
    assert stage.result_of(user, upload.id) == ("completed", [".audio.1"], 1)


@pytest.mark.thorough
def test_a_killed_mongodb_costs_nothing_that_was_answered(stage: Stage, user: User) -> None:
    upload = ResumableUpload(user, a_video(), filename="no MongoDB.mp4")
    assert upload.send(0, 3_000_001).status_code == 204
    with upload.open_part(3_000_001) as part:
        part.send(upload.video[3_000_001:9_000_000])
        stage.servers.mongodb.kill()
    stage.restore()

    assert 3_000_001 <= upload.offset() <= 9_000_000
    upload.finish()

    upload.check()
    stage.wait_for_mail(upload.id)


def test_parts_may_go_to_different_gateways(stage: Stage, user: User, second_gateway: ServiceProcess) -> None:
    """Neither has read all of it, and the hash is right."""
    upload = ResumableUpload(user, a_video(), filename="two gateways.mp4")
    addresses = [user.address, second_gateway.address]
    try:
        for number, (start, end) in enumerate([(0, 1), (1, 8_000_000), (8_000_000, 8_000_001)]):
            user.move_to(addresses[number % 2])
            assert upload.offset() == start
            assert upload.send(start, end).status_code == 204
        user.move_to(addresses[1])
        upload.finish()
    finally:
        user.move_to(addresses[0])

    upload.check()


@pytest.mark.thorough
@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_that_is_not_ours_goes_on_over_a_line_that_is_cut(
    stage: Stage, user: User, tmp_path: Path, client: str
) -> None:
    """At twenty places; the bytes are right, and memory stays flat, with GridFS as with files."""
    sha256 = make_file(tmp_path / "video.mp4", sample("one-second"))
    gateway = stage.services.gateway.pid
    assert_that_a_cut_line_changes_nothing(CLIENTS[client], user, tmp_path / "video.mp4", sha256, gateway)
