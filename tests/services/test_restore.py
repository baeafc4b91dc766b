"""The restore drill: users and MP3s survive the loss of all servers, and what was under way is done after all.

It runs the scripts and commands that docs/guides/backup-and-restore.md tells operators to run.
Servers of its own, because it destroys them.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.user import PASSWORD, User
from tests.end_to_end.waiting import wait_for
from tests.services.drill import Drill, restored, sha256_of, stored_conversions

pytestmark = [
    pytest.mark.media,
    pytest.mark.network,
    pytest.mark.kill,
    pytest.mark.slow,
    # What it holds, the guide on backups, changes seldom.
    pytest.mark.thorough,
    # Most of which the first test spends on the drill itself.
    pytest.mark.timeout(300),
]


@pytest.fixture(scope="module")
def drill(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Drill]:
    """Back up under way, lose everything, restore, once for all tests."""
    with restored(tmp_path_factory.mktemp("drill")) as drill:
        yield drill


def can_log_in(user: User) -> bool:
    form = {"grant_type": "password", "username": user.email, "password": PASSWORD}
    answer = user.http.post("/v1/token", data=form)
    assert answer.status_code in {200, 400}, answer.text
    return answer.status_code == 200


def test_users_from_before_the_loss_log_in(drill: Drill) -> None:
    """Who came between the two backups is known, as MySQL is dumped last; who came after both has to sign up again."""
    assert can_log_in(drill.ada)
    assert can_log_in(drill.linus)
    assert not can_log_in(drill.late)
    drill.late.sign_up()


def test_a_finished_mp3_is_the_same_to_the_byte(drill: Drill, tmp_path: Path) -> None:
    assert sha256_of(drill.ada, drill.finished, tmp_path / "after.mp3") == drill.sound


def test_what_was_under_way_ends_as_completed_though_the_broker_knew_nothing_of_it(drill: Drill) -> None:
    """One mail and one MP3 each. The attempt that was under way counts."""
    for conversion, audio in ((drill.half_way, ".audio.2"), (drill.queued, ".audio.1")):
        drill.ada.wait_for_end(conversion)
        drill.stage.wait_for_mail(conversion)
        assert drill.stage.result_of(drill.ada, conversion) == ("completed", [audio], 1)


def test_half_an_upload_is_swept(drill: Drill) -> None:
    def is_swept() -> bool:
        states = [record["state"] for record in drill.ada.records()]
        return "uploading" not in states and drill.stage.stray_chunks() == 0

    wait_for(is_swept, "half an upload is swept")


def test_what_belongs_to_somebody_who_left_between_the_two_is_found_and_deleted(drill: Drill) -> None:
    gateway = drill.stage.services.gateway
    assert not can_log_in(drill.grace)
    assert drill.hers in stored_conversions(drill.stage)

    (stranger,) = set(gateway.run("list-owners")) - drill.backup.user_ids()
    gateway.run("delete-conversions-of", stranger)

    assert stranger == drill.grace_id
    assert drill.hers not in stored_conversions(drill.stage)
    assert drill.stage.files_of(drill.hers) == []


def test_an_outcome_that_died_with_the_broker_is_told_after_all_and_no_other_twice(drill: Drill) -> None:
    """By no operator; and one who has all of them announced again tells nobody anything twice."""
    drill.stage.wait_for_mail(drill.untold)

    announced = drill.stage.services.gateway.run("announce-outcomes")

    assert announced[0].endswith("outcomes are announced again.")
    # Behind the mail of a conversion that came after them, those that are sent again would have come.
    drill.stage.convert(drill.ada)
    assert [len(drill.stage.mails_about(one)) for one in (drill.finished, drill.untold)] == [1, 1]
