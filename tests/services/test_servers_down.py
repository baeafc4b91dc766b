"""A server that is killed under running services costs nobody a conversion, and the log says so without raving."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.services.extractions import LONG, freeze_programs, thaw_programs
from tests.services.kept_stage import Changes
from tests.services.service_log import Listening, is_in_an_outage
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.kill]

MOST_LINES = 12
"""Warnings of one service about one outage of some seconds: each of its concerns may say it once or twice."""


@pytest.fixture(scope="module")
def stage_settings() -> Changes:
    """Sweep soon what an outage of the store left there."""
    return {"gateway": {"TRACKLIFT_ORPHAN_AGE": "3s"}}


@pytest.fixture
def logs(stage: Stage) -> dict[str, Listening]:
    """Listen to all services, once they have said that what failed in a test before works again."""
    wait_for(lambda: not any(map(is_in_an_outage, stage.services.all)), "all outages are over")
    return {service.service: Listening(service) for service in stage.services.all}


def no_log_raves(logs: dict[str, Listening]) -> bool:
    """Tell whether each service said what was wrong a few times only."""
    for name, log in logs.items():
        assert len(log.trouble()) <= MOST_LINES, (name, log.trouble())
    return True


@contextmanager
def held(stage: Stage, user: User) -> Iterator[str]:
    """Give a conversion that is at work, and goes no further until the context is left."""
    (scratch,) = stage.services.scratch.values()
    conversion = user.upload(sample(LONG))
    wait_for(lambda: freeze_programs(scratch), "an extraction is at work", every=0.002)
    try:
        yield conversion
    finally:
        thaw_programs(scratch)


def test_a_conversion_goes_on_and_videos_are_taken_in_while_the_broker_is_down(
    stage: Stage, user: User, logs: dict[str, Listening]
) -> None:
    """It is completed without the broker, once, though its request is redelivered afterwards.

    The others wait, and each becomes one MP3 and one mail when it is back. RabbitMQ takes ten seconds of computing time
    to start, so one outage is for both.
    """
    with held(stage, user) as conversion:
        stage.servers.rabbitmq.kill()

    assert user.wait_for_end(conversion)["state"] == "completed"
    waiting = [user.upload(sample("one-second")) for _ in range(2)]
    wait_for(lambda: logs["gateway"].saying("Events wait in the outbox"), "the gateway says that it waits")
    assert {user.record(one)["state"] for one in waiting} == {"queued"}
    assert stage.mails_about(conversion) == []
    stage.servers.rabbitmq.start()

    for one in (conversion, *waiting):
        stage.wait_for_mail(one)
    stage.convert(user)
    assert [stage.result_of(user, one) for one in (conversion, *waiting)] == [
        ("completed", [".audio.1"], 1)
    ] * 3
    assert len(logs["gateway"].saying("Events wait in the outbox")) == 1
    wait_for(
        lambda: all(log.saying("RabbitMQ is reached again") for log in logs.values()), "all are connected"
    )
    for name, log in logs.items():
        assert len(log.saying("RabbitMQ can't be reached")) == 1, name
        assert len(log.saying("RabbitMQ is reached again")) == 1, name
    assert no_log_raves(logs)


def test_a_user_who_is_logged_in_does_not_notice_that_mysql_is_down(
    stage: Stage, user: User, logs: dict[str, Listening]
) -> None:
    """Nobody can log in meanwhile, and is told so; everything else goes on."""
    stage.servers.mysql.kill()

    form = {"grant_type": "password", "username": user.email, "password": "correct horse battery"}
    answer = user.http.post("/v1/token", data=form)
    assert answer.status_code == 503
    assert answer.json()["error"] == "temporarily_unavailable"
    assert stage.services.auth.readiness() == 503
    conversion = stage.convert(user)
    stage.servers.mysql.start()

    stage.services.auth.wait_until_ready()
    assert user.http.post("/v1/token", data=form).status_code == 200
    assert stage.result_of(user, conversion) == ("completed", [".audio.1"], 1)
    assert logs["auth"].trouble()
    assert no_log_raves(logs)


def test_a_conversion_and_a_mail_survive_an_outage_of_mongodb(
    stage: Stage, user: User, logs: dict[str, Listening]
) -> None:
    """Uploads are refused meanwhile; the conversion is held, or begun anew, and ends once.

    Whether the mail about another one was sent can't be known meanwhile, so it waits.
    """
    stage.services.notification.freeze()
    untold = user.upload(sample("one-second"))
    assert user.wait_for_end(untold)["state"] == "completed"
    with held(stage, user) as conversion:
        stage.servers.mongodb.kill()
        stage.services.notification.thaw()
        wait_for(logs["notification"].trouble, "the log of deliveries is missed")

    answer = user.send(sample("one-second"))
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert stage.services.gateway.readiness() == 503
    stage.servers.mongodb.start()

    for one in (untold, conversion):
        stage.wait_for_mail(one)
    stage.convert(user)
    attempt = user.record(conversion)["attempt"]
    wait_for(lambda: len(stage.files_of(conversion)) == 1, "what the outage left is swept")
    wait_for(lambda: len(stage.files_of(untold)) == 1, "the video is swept")
    wait_for(lambda: stage.stray_chunks() == 0, "its parts are swept, too")
    assert stage.result_of(user, untold) == ("completed", [".audio.1"], 1)
    assert stage.result_of(user, conversion) == ("completed", [f".audio.{attempt}"], 1)
    assert logs["gateway"].trouble()
    assert no_log_raves(logs)
