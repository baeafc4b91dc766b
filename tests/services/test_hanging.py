"""What hangs is found out, and its work is done by somebody else, once."""

from typing import Any

import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.services.extractions import LONG, freeze_programs, jobs
from tests.services.kept_stage import Changes
from tests.services.service_log import Listening
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.kill]

STALL = 4
"""Seconds: a busy machine takes two of them to start a process that is measured."""


@pytest.fixture(scope="module")
def stage_settings() -> Changes:
    """Find out soon what hangs."""
    return {
        "converter": {
            "TRACKLIFT_RABBITMQ_HEARTBEAT": "2s",
            "TRACKLIFT_LONGEST_STALL": f"{STALL}s",
            # So that the second attempt, which is the last one of what stalls, waits for a second.
            "TRACKLIFT_ATTEMPTS": "2",
        }
    }


@pytest.fixture(scope="module")
def stage_converters() -> int:
    """One that hangs and one that does not."""
    return 2


def converter_at_work(stage: Stage) -> ServiceProcess:
    """Wait until a converter extracts, and give it."""
    scratch = stage.services.scratch
    return wait_for(
        lambda: next((converter for converter, place in scratch.items() if jobs(place)), None),
        "an extraction begins",
        every=0.002,
    )


def freeze_all_programs(stage: Stage) -> int:
    return sum(freeze_programs(scratch) for scratch in stage.services.scratch.values())


def nothing_is_left(stage: Stage) -> bool:
    return not any(jobs(scratch) for scratch in stage.services.scratch.values())


def if_ended(record: dict[str, Any]) -> dict[str, Any] | None:
    return record if record["state"] in {"completed", "failed"} else None


def test_a_converter_that_hangs_loses_its_work_to_another_and_can_not_disturb_it_later(
    stage: Stage, user: User
) -> None:
    """It wakes when all is done, still believes that the work is its own, and must not bring a second MP3 or mail."""
    conversion = user.upload(sample(LONG))
    hanging = converter_at_work(stage)
    log = Listening(hanging)
    hanging.freeze()

    stage.wait_for_mail(conversion)
    assert stage.result_of(user, conversion) == ("completed", [".audio.2"], 1)
    record = user.record(conversion)

    hanging.thaw()
    wait_for(lambda: log.saying("Its work is dropped."), "it finds out")
    wait_for(lambda: nothing_is_left(stage), "it tidies up")
    hanging.wait_until_ready()
    stage.convert(user)
    assert stage.result_of(user, conversion) == ("completed", [".audio.2"], 1)
    assert user.record(conversion) == record
    assert stage.stray_chunks() == 0
    assert len(log.saying(f"no longer holds conversion {conversion}")) == 1


@pytest.mark.thorough
def test_a_converter_that_wakes_while_another_works_does_not_disturb_it(stage: Stage, user: User) -> None:
    """The work of its attempt is dropped, also where it was nearly done."""
    conversion = user.upload(sample(LONG))
    hanging = converter_at_work(stage)
    log = Listening(hanging)
    hanging.freeze()
    wait_for(lambda: user.record(conversion)["attempt"] == 2, "the other takes over", every=0.002)

    hanging.thaw()

    wait_for(lambda: log.saying("Its work is dropped."), "it finds out")
    stage.wait_for_mail(conversion)
    wait_for(lambda: nothing_is_left(stage), "both tidy up")
    assert stage.result_of(user, conversion) == ("completed", [".audio.2"], 1)
    assert stage.stray_chunks() == 0


def test_a_notification_that_hangs_holds_no_mail_back_for_ever(stage: Stage, user: User) -> None:
    """It sends the mail when it wakes."""
    stage.services.notification.freeze()
    conversion = user.upload(sample("one-second"))
    assert user.wait_for_end(conversion)["state"] == "completed"

    stage.services.notification.thaw()

    stage.wait_for_mail(conversion)
    assert stage.result_of(user, conversion) == ("completed", [".audio.1"], 1)


def test_an_extraction_that_stalls_is_tried_again(stage: Stage, user: User) -> None:
    """Its programs stand still and say nothing; the next attempt goes through."""
    conversion = user.upload(sample(LONG))
    log = Listening(converter_at_work(stage))
    wait_for(lambda: freeze_all_programs(stage), "a program is at work", every=0.002)

    stage.wait_for_mail(conversion)

    assert stage.result_of(user, conversion) == ("completed", [".audio.2"], 1)
    (line,) = log.saying("is redelivered")
    assert f"timed_out: The conversion made no progress for {STALL} seconds" in line
    assert nothing_is_left(stage)


@pytest.mark.thorough
def test_an_extraction_that_stalls_each_time_fails_as_timed_out(stage: Stage, user: User) -> None:
    """After one more attempt, with one mail, one dead letter for the operator, and nothing that lives on."""
    logs = [Listening(converter) for converter in stage.services.converters]
    before = stage.queues.dead("converter")
    conversion = user.upload(sample(LONG))

    def stall() -> dict[str, Any] | None:
        freeze_all_programs(stage)
        return if_ended(user.record(conversion))

    record = wait_for(stall, "it ends", every=0.25)

    assert (record["state"], record["error"]["code"], record["attempt"]) == ("failed", "timed_out", 2)
    assert f"made no progress for {STALL} seconds" in record["error"]["detail"]
    assert "could not be made" in stage.wait_for_mail(conversion).message["Subject"]
    assert stage.result_of(user, conversion) == ("failed", [".source"], 1)  # which a retry by the user needs
    (letter,) = wait_for(lambda: stage.queues.dead("converter")[len(before) :], "it is dead-lettered")
    assert letter.reason.startswith("timed_out after 2 attempts: ")
    assert sum(len(log.saying("made no progress")) for log in logs) == 2
    assert nothing_is_left(stage)
    assert freeze_all_programs(stage) == 0
    assert stage.stray_chunks() == 0
