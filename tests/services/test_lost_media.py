"""What MongoDB has lost is told from an outage: at once, for good, and to the user."""

import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.selection import thorough
from tests.services.service_log import Listening
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.kill]


LOSSES = pytest.mark.parametrize("lost", ["a chunk", *thorough(["the file"])])


def lose(stage: Stage, conversion: str, lost: str) -> None:
    """Take a chunk of what is stored for a conversion, or the document of the file."""
    database = stage.database
    file = database["media.files"].find_one({"filename": {"$regex": f"^{conversion}"}})
    assert file is not None
    if lost == "the file":
        database["media.files"].delete_one({"_id": file["_id"]})
    else:
        database["media.chunks"].delete_one({"files_id": file["_id"], "n": 0})


@LOSSES
def test_a_lost_video_fails_at_the_first_attempt(stage: Stage, user: User, lost: str) -> None:
    """With a mail that says what to do."""
    (converter,) = stage.services.converters
    log = Listening(converter)
    converter.stop()
    conversion = user.upload(sample("one-second"))
    lose(stage, conversion, lost)
    converter.launch()

    record = user.wait_for_end(conversion)

    assert (record["state"], record["attempt"]) == ("failed", 1)
    assert record["error"]["code"] == "media_lost"
    mail = stage.wait_for_mail(conversion).content
    assert b"media_lost" in mail
    assert b"upload it again" in mail
    assert log.saying(f"The video of conversion {conversion} is lost.")
    assert user.http.post(f"/v1/conversions/{conversion}/retry").json()["code"] == "not_retryable"
    wait_for(lambda: not stage.files_of(conversion), "what is left of the video is deleted")


@LOSSES
def test_the_download_of_a_lost_mp3_is_not_to_be_tried_again(stage: Stage, user: User, lost: str) -> None:
    conversion = stage.convert(user)
    lose(stage, conversion, lost)

    answer = user.http.get(f"/v1/conversions/{conversion}/audio")

    assert (answer.status_code, answer.json()["code"]) == (410, "media_lost")
    assert "Retry-After" not in answer.headers
