"""A user gets a bounded number of mails in an hour, and one that tells of the rest."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.servers.smtp_sink import ReceivedMail
from tests.services.kept_stage import Changes
from tests.services.stage import Stage
from tracklift_runtime.timestamps import from_timestamp, to_timestamp

pytestmark = [pytest.mark.media, pytest.mark.network]
_MAILS, _UPLOADS = 4, 6


@pytest.fixture(scope="module")
def stage_settings() -> Changes:
    """Have a limit that few conversions reach, and look soon whether an hour has ended."""
    return {
        "notification": {
            "TRACKLIFT_MAILS_PER_HOUR": str(_MAILS),
            "TRACKLIFT_HOUSEKEEPING_EVERY": "2s",
        }
    }


def test_more_outcomes_than_the_limit_are_told_in_as_many_mails_and_one_digest_which_outlives_the_process(
    stage: Stage, user: User, tmp_path: Path
) -> None:
    """Notification is killed while the rest is held."""
    video = tmp_path / "evil.example.mp4"
    video.write_bytes(b"x")
    uploaded = [user.upload(video) for _ in range(_UPLOADS)]
    for conversion in uploaded:
        user.wait_for_end(conversion)
    wait_for(lambda: _held(stage) == _UPLOADS - _MAILS, "the rest is held")
    mails = stage.mails_about_conversions(user.email)
    assert len(mails) == _MAILS
    assert {mail.message["Subject"] for mail in mails} == {"Your MP3 could not be made"}
    assert not any(b"evil.example" in mail.content for mail in mails)

    stage.services.notification.kill()
    _let_the_hour_end(stage)
    stage.restore()

    wait_for(lambda: _digests(stage, user), "the digest comes")
    stage.services.notification.kill()
    stage.restore()
    wait_for(lambda: _held(stage) == 0, "nothing is held any more")
    (digest,) = _digests(stage, user)
    assert digest.message["Subject"] == f"{_UPLOADS - _MAILS} more of your conversions have finished"
    assert len(stage.mails_about_conversions(user.email)) == _MAILS


def _held(stage: Stage) -> int:
    hours = stage.database["hourly_mails"].find()
    return sum(len(hour.get("held", ())) for hour in hours)


def _digests(stage: Stage, user: User) -> list[ReceivedMail]:
    return [mail for mail in stage.mails_to(user.email) if "more of your" in mail.message["Subject"]]


def _let_the_hour_end(stage: Stage) -> None:
    """Make each hour one that ended two hours ago."""
    hours = stage.database["hourly_mails"]
    for hour in list(hours.find()):
        ended = to_timestamp(from_timestamp(hour["ends_at"]) - timedelta(hours=3))
        hours.delete_one({"_id": hour["_id"]})
        hours.insert_one({**hour, "_id": f"{ended}:{hour['recipient']}", "ends_at": ended})
