"""An upload that no gateway receives any more is sent again with its key, and soon accepted."""

from pathlib import Path

import httpx
import pytest

from tests.end_to_end.user import OpenUpload, User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.kill]
LEASE = 15
"""Seconds for which an upload is held without a sign of the request that receives it."""


def begin(user: User, video: bytes, key: str) -> OpenUpload:
    """Send half of a video, and wait until its record is there."""
    before = len(user.records(state="uploading"))
    upload = user.open_upload({"Content-Length": str(len(video)), "Idempotency-Key": key})
    upload.send(video[: len(video) // 2])
    wait_for(lambda: len(user.records(state="uploading")) > before, "the upload begins")
    return upload


def send(user: User, video: bytes, key: str) -> httpx.Response:
    """Send a whole video."""
    headers = {"Idempotency-Key": key, "Content-Type": "video/mp4"}
    return user.http.post("/v1/conversions", content=video, headers=headers)


def accepted(user: User, video: bytes, key: str) -> str | None:
    """Send a whole video; give the id of its conversion, or `None` where it is to be sent again."""
    answer = send(user, video, key)
    if answer.status_code == 409:
        assert answer.json()["code"] == "upload_in_progress"
        assert 1 <= int(answer.headers["Retry-After"]) <= LEASE
        return None
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def test_the_upload_of_a_killed_gateway_is_taken_over(stage: Stage, user: User) -> None:
    """By the restarted one; the client's retry waits for the lease and no longer."""
    video = sample("one-second").read_bytes()
    before = [record["id"] for record in user.records()]
    with begin(user, video, "killed"):
        stage.services.gateway.kill()
    stage.restore()

    conversion = wait_for(lambda: accepted(user, video, "killed"), "the upload is accepted", every=1)

    assert user.wait_for_end(conversion)["state"] == "completed"
    assert [record["id"] for record in user.records()] == [conversion, *before]
    assert send(user, video, "killed").json()["id"] == conversion
    stage.wait_for_mail(conversion)
    assert stage.result_of(user, conversion) == ("completed", [".audio.1"], 1)


@pytest.mark.thorough
def test_an_upload_that_a_frozen_mongodb_cut_off_is_taken_over(stage: Stage, user: User) -> None:
    """The gateway can't clean up after it, as MongoDB does not answer."""
    video = sample("one-second").read_bytes()
    before = len(user.records())
    with begin(user, video, "frozen MongoDB") as upload:
        stage.servers.mongodb.pause()
        upload.send(video[len(video) // 2 :])
        status, problem = upload.answer()
    assert (status, problem["code"]) == (503, "service_unavailable")
    stage.restore()

    conversion = wait_for(lambda: accepted(user, video, "frozen MongoDB"), "the upload is accepted", every=1)

    assert user.wait_for_end(conversion)["state"] == "completed"
    assert len(user.records()) == before + 1
    stage.wait_for_mail(conversion)


@pytest.mark.thorough
def test_a_frozen_gateway_can_not_finish_an_upload_that_was_taken_over(
    stage: Stage, user: User, tmp_path: Path
) -> None:
    """Its client sends the rest when it wakes up, and hears that the upload is over."""
    video = sample("one-second").read_bytes()
    frozen = stage.services.gateway
    other = frozen.twin(tmp_path / "other-gateway.log")
    other.launch()
    try:
        other.wait_until_ready()
        with begin(user, video, "frozen") as upload:
            frozen.freeze()
            user.move_to(other.address)
            conversion = wait_for(lambda: accepted(user, video, "frozen"), "it is taken over", every=1)
            frozen.thaw()
            upload.send(video[len(video) // 2 :])
            status, problem = upload.answer()

        assert (status, problem["code"]) == (409, "invalid_state")
        assert user.wait_for_end(conversion)["state"] == "completed"
        stage.wait_for_mail(conversion)
        assert stage.result_of(user, conversion) == ("completed", [".audio.1"], 1)
        assert user.records(state="uploading") == []
    finally:
        user.move_to(stage.services.address)
        other.end()
