"""A video that is kept is reduced to its sound and converted again, whatever ends in the middle of that."""

from pathlib import Path

import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.ffmpeg import decode
from tests.media.samples import made, sample
from tests.services.kept_stage import Changes
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network]

_MUCH_SOUND = (
    "-f lavfi -i color=size=16x16:rate=1:duration=30"
    " -f lavfi -i sine=frequency=440:sample_rate=48000:duration=30"
    " -c:v libx264 -preset ultrafast -crf 40 -c:a pcm_s16le -ac 8 -f mov"
)
"""Half a minute of eight channels, 23 MB that are copied when the video is reduced."""
_ENOUGH = 4
"""Chunks that are stored of a reduced video, more than its MP3 has: it has been begun, and has eighty before it."""


@pytest.fixture(scope="module")
def stage_settings() -> Changes:
    return {service: {"TRACKLIFT_KEEP_SOURCE": "7d"} for service in ("gateway", "converter")}


def again(user: User, conversion: str, **options: object) -> str:
    """Convert a video again, and give the id of the new conversion."""
    answer = user.http.post(f"/v1/conversions/{conversion}/again", json=options)
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def forms_of(stage: Stage, conversion: str) -> set[str]:
    """Name what is stored of a conversion's video: whole, its sound, or both."""
    return {name.rpartition(".")[2] for name in stage.files_of(conversion)} & {"source", "sound"}


def wait_until_reduced(stage: Stage, conversion: str) -> None:
    wait_for(lambda: forms_of(stage, conversion) == {"sound"}, "the video is reduced to its sound")


def chunks_under_way(stage: Stage) -> int:
    """Count the chunks that are stored of files that are not whole yet."""
    database = stage.database
    writes = database["media.writes"].distinct("_id", {"deleting": {"$exists": False}})
    whole = database["media.files"].distinct("_id", {"_id": {"$in": writes}})
    unfinished = [each for each in writes if each not in whole]
    return database["media.chunks"].count_documents({"files_id": {"$in": unfinished}})


def test_a_video_is_converted_again_from_its_sound_and_goes_with_its_last_conversion(
    stage: Stage, user: User, tmp_path: Path
) -> None:
    """The MP3 is that of a whole video with the same options, byte for byte; each conversion has a mail of its own."""
    options = {"bitrate": 96, "channels": 1, "start": 1, "end": 3}
    first = stage.convert(user, "index-at-front")
    whole = user.record(first)["source"]
    wait_until_reduced(stage, first)

    second = again(user, first, **options)

    record = user.wait_for_end(second)
    assert record["state"] == "completed"
    assert {name: record["options"][name] for name in options} == options
    for name in ("name", "size", "sha256", "sent"):
        assert record["source"][name] == whole[name]
    mp3 = user.download(second, tmp_path / "again.mp3")
    heard = decode(mp3)
    assert (heard.samples.shape[1], round(heard.seconds, 1)) == (1, 2.0)
    uploaded = user.upload(sample("index-at-front"), **{name: str(value) for name, value in options.items()})
    assert user.wait_for_end(uploaded)["state"] == "completed"
    assert mp3.read_bytes() == user.download(uploaded, tmp_path / "uploaded.mp3").read_bytes()
    stage.wait_for_mail(second)
    assert [len(stage.mails_about(each)) for each in (first, second)] == [1, 1]

    assert user.http.delete(f"/v1/conversions/{first}").status_code == 204
    assert stage.files_of(first) == [f"{first}.sound"]
    third = again(user, second)
    assert user.wait_for_end(third)["state"] == "completed"
    assert user.http.delete(f"/v1/conversions/{second}").status_code == 204
    assert stage.files_of(first) == [f"{first}.sound"]
    assert user.http.delete(f"/v1/conversions/{third}").status_code == 204
    wait_for(lambda: not stage.files_of(first), "the video is gone")
    assert stage.files_of(second) == stage.files_of(third) == []
    gone = user.http.post(f"/v1/conversions/{third}/again", json={})
    assert (gone.status_code, gone.json()["code"]) == (404, "conversion_not_found")


@pytest.mark.kill
@pytest.mark.thorough
def test_a_converter_that_is_killed_while_it_reduces_a_video_costs_nothing(stage: Stage, user: User) -> None:
    """It was about to put the sound in the place of the video, which is asked for once more meanwhile."""
    (converter,) = stage.services.converters
    first = user.upload(made("much-sound", _MUCH_SOUND))
    wait_for(lambda: chunks_under_way(stage) >= _ENOUGH, "the video is being reduced", every=0.002)
    converter.freeze()
    assert forms_of(stage, first) == {"source"}
    assert chunks_under_way(stage) >= _ENOUGH
    converter.kill()

    second = again(user, first, bitrate=64, channels=1, start=20)
    assert user.record(second)["state"] == "queued"
    stage.restore()

    record = user.wait_for_end(second)
    assert (record["state"], record["options"]["start"], record["attempt"]) == ("completed", 20, 1)
    wait_until_reduced(stage, first)
    third = again(user, first, bitrate=64, channels=1, start=25)
    assert user.wait_for_end(third)["state"] == "completed"
    for conversion in (first, second, third):
        stage.wait_for_mail(conversion)
        assert len(stage.mails_about(conversion)) == 1
        assert user.http.delete(f"/v1/conversions/{conversion}").status_code == 204
    wait_for(lambda: not stage.files_of(first), "the video is gone")
