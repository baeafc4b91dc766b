"""What can't be converted fails with a reason that its user can act on, and leaves nothing behind."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.end_to_end.accounts import new_user
from tests.end_to_end.data_folder import text_of
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.hostile import HOSTILE
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_domain.notification.shown_name import shown_name

pytestmark = [pytest.mark.media, pytest.mark.network]

LIMIT = {"TRACKLIFT_LONGEST_AUDIO": "1h", "TRACKLIFT_CONVERTERS": "2"}
BAD = {
    "no audio track": ("no-audio", "no_audio_track", "choose one with sound"),
    "a track that it lacks": ("third track", "no_audio_track", "has 2"),
    "not a video": ("noise", "not_a_video", ""),
    "truncated, index at the end": ("half-with-index-at-end", "corrupt_media", "another copy"),
    "truncated, index at the front": ("half-with-index-at-front", "corrupt_media", "another copy"),
    "damaged": ("noisy-media", "corrupt_media", "another copy"),
    "a playlist named .mp4": ("playlist", "not_a_video", ""),
    "a list of files named .mp4": ("list-of-files", "not_a_video", ""),
    "a text named .mp4": ("text", "not_a_video", ""),
    "encrypted": ("encrypted", "unsupported_codec", ""),
    "longer than the limit": ("two-hours", "too_long", "limit of 60 minutes: cut the video"),
    "a start behind the end": ("late start", "outside_audio", "start earlier"),
}
"""What is sent, how it fails, and a part of what the user is told to do."""
IN_EACH_RUN = [
    next(case for case, (_, its_code, _) in BAD.items() if its_code == code)
    for code in dict.fromkeys(code for _, code, _ in BAD.values())
]
"""The first case of each code: that the others have theirs is shown with the inspection and the engines."""
EACH_CASE = pytest.mark.parametrize(
    "case", [*IN_EACH_RUN, *thorough(case for case in BAD if case not in IN_EACH_RUN)]
)
Records: TypeAlias = dict[str, dict[str, Any]]
OPTIONS = {"third track": ("two-tracks", {"track": "3"}), "late start": ("one-second", {"start": "2"})}


@pytest.fixture(scope="module")
def tracklift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneProcess]:
    """Run one Tracklift for all tests here."""
    with running(tmp_path_factory.mktemp("bad-videos"), LIMIT) as process:
        yield process


@pytest.fixture(scope="module")
def user(tracklift: StandaloneProcess) -> Iterator[User]:
    """Give somebody with an account."""
    user = new_user(tracklift.data, tracklift.address, "ada@example.org")
    yield user
    user.http.close()


@pytest.fixture(scope="module")
def failed(user: User, tmp_path_factory: pytest.TempPathFactory, pytestconfig: pytest.Config) -> Records:
    """Send them, in each run one for each reason, and wait until they have failed."""
    folder = tmp_path_factory.mktemp("sent")
    ids = {}
    for case in BAD if pytestconfig.getoption("thorough") else IN_EACH_RUN:
        video, _, _ = BAD[case]
        name, options = OPTIONS.get(video, (video, {}))
        ids[case] = user.upload(_file(name, folder), name=f"{case}.mp4", **options)
    return {case: user.wait_for_end(conversion_id) for case, conversion_id in ids.items()}


def _file(name: str, folder: Path) -> Path:
    if name not in HOSTILE:
        return sample(name)
    make, _ = HOSTILE[name]
    path = folder / f"{name}.mp4"
    path.write_bytes(make())
    return path


@EACH_CASE
def test_it_fails_at_once_with_a_reason(failed: Records, case: str) -> None:
    """It is not tried again, as it would fail again, and the detail says what to do."""
    record = failed[case]
    _, code, advice = BAD[case]

    assert (record["state"], record["attempt"]) == ("failed", 1)
    assert record["error"]["code"] == code
    assert advice in record["error"]["detail"]
    assert record["audio"] is None


@EACH_CASE
def test_one_mail_tells_the_reason(tracklift: StandaloneProcess, failed: Records, case: str) -> None:
    """In the same words as the record."""
    record = failed[case]
    (mail,) = wait_for(lambda: tracklift.data.mails_about(record["id"]), "the mail comes")

    assert shown_name(record["source"]["name"]) in text_of(mail)
    assert record["error"]["detail"] in " ".join(text_of(mail).split())
    assert record["error"]["code"] in text_of(mail)


@EACH_CASE
def test_a_retry_is_refused(user: User, failed: Records, case: str) -> None:
    """The same video with the same options would fail again."""
    answer = user.http.post(f"/v1/conversions/{failed[case]['id']}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_retryable")


def test_nothing_but_records_and_mails_is_left(tracklift: StandaloneProcess, failed: Records) -> None:
    """No video, no half MP3, no temporary folder, no process, no event."""
    contents = tracklift.data.settled_contents()

    assert contents.media == ()
    assert contents.dead_letters == 0
    assert len(contents.conversions) == contents.mails == len(failed)
