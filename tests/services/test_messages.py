"""Messages that no service should have got, or got once already, harm nobody and are told of once."""

import json
from typing import Any
from uuid import uuid4

import pika.exceptions
import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.services.queues import COMPLETED, REQUESTED, Tap
from tests.services.service_log import Listening
from tests.services.service_process import ServiceProcess
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network, pytest.mark.each_value_once]

TAKEN = {"converter": REQUESTED, "notification": COMPLETED}
"""A type that each of these takes."""
ONCE = ("completed", [".audio.1"], 1)
"""One MP3 by the first attempt, and one mail."""


def envelope(**changes: Any) -> bytes:
    """Write a CloudEvent that is right but for the changes; a value of `None` leaves an attribute out."""
    attributes = {
        "specversion": "1.0",
        "id": uuid4().hex,
        "source": "/tracklift/conversions",
        "type": "tracklift.conversion.requested.v1",
        "time": "2026-01-02T03:04:05Z",
        "subject": "nothing",
        "data": {"conversion_id": "nothing"},
    } | changes
    return json.dumps({name: value for name, value in attributes.items() if value is not None}).encode()


BAD = {
    "no JSON": (b"\xff\x00 no JSON", "it is not valid JSON"),
    "nothing": (b"", "it is not valid JSON"),
    "JSON, but no object": (b"[1, 2, 3]", "it is not a JSON object"),
    "JSON, but no CloudEvent": (b'{"hello": "world"}', "it is not of CloudEvents version 1.0"),
    "a later CloudEvents": (envelope(specversion="2.0"), "it is not of CloudEvents version 1.0"),
    "no type": (envelope(type=None), "its attribute type is missing or no text"),
    "no data": (envelope(data=None), "its data is not a JSON object"),
    "no conversion": (envelope(data={}), "its data lacks conversion_id"),
}
"""What comes, and a part of the reason why it is dead-lettered."""


def service_of(stage: Stage, name: str) -> ServiceProcess:
    (service,) = (service for service in stage.services.all if service.service == name)
    return service


def heard(tap: Tap, event_type: str, conversion: str) -> bytes:
    """Wait until an event about a conversion was published, and give it as it was."""
    return wait_for(lambda: tap.heard(event_type, conversion), f"{event_type} is published")


@pytest.mark.one_in(3)
@pytest.mark.parametrize("name", TAKEN)
@pytest.mark.parametrize("kind", BAD)
def test_a_message_that_means_nothing_is_dead_lettered_once(
    stage: Stage, user: User, name: str, kind: str
) -> None:
    """It holds up nobody behind it, it is told of in one line, and an operator finds it with the reason."""
    message, reason = BAD[kind]
    log = Listening(service_of(stage, name))
    before = stage.queues.dead(name)

    stage.queues.publish(TAKEN[name], message)
    stage.convert(user)

    new = stage.queues.dead(name)[len(before) :]
    assert [letter.body for letter in new] == [message]
    assert reason in new[0].reason
    (line,) = log.trouble()
    assert reason in line


def test_an_event_of_a_newer_version_reaches_nobody_who_does_not_know_it(stage: Stage) -> None:
    """Queues take the versions that their service knows, so a producer that runs ahead finds out."""
    with pytest.raises(pika.exceptions.UnroutableError):
        stage.queues.publish("tracklift.conversion.requested.v2", envelope())


def test_a_hundred_messages_that_mean_nothing_are_dead_lettered_one_by_one(stage: Stage, user: User) -> None:
    """The videos of others wait for a moment, and no longer."""
    bad = [f"no JSON {number}".encode() for number in range(100)]
    log = Listening(service_of(stage, "converter"))

    stage.queues.publish(REQUESTED, *bad)
    stage.convert(user)

    dead = [letter.body for letter in stage.queues.dead("converter")]
    assert sorted(body for body in dead if body.startswith(b"no JSON ")) == sorted(bad)
    assert len(log.trouble()) == len(bad)
    # The tests behind this one look through all dead letters.
    stage.queues.purge("converter.dead")


def test_a_request_that_is_redelivered_after_the_work_is_dropped(stage: Stage, user: User) -> None:
    """The broker may deliver twice, and the gateway may announce twice: one MP3, one mail."""
    with stage.queues.tapped() as tap:
        conversion = stage.convert(user)
        request = heard(tap, REQUESTED, conversion)
    record = user.record(conversion)
    log = Listening(service_of(stage, "converter"))

    stage.queues.publish(REQUESTED, request, request)
    stage.convert(user)

    assert user.record(conversion) == record
    assert stage.result_of(user, conversion) == ONCE
    assert len(log.saying(conversion)) == 2
    assert log.trouble() == []


def test_a_request_that_comes_twice_at_once_makes_one_mp3(stage: Stage, user: User) -> None:
    """The second finds the conversion held, or done."""
    (converter,) = stage.services.converters
    converter.kill()
    with stage.queues.tapped() as tap:
        conversion = user.upload(sample("one-second"))
        request = heard(tap, REQUESTED, conversion)
    stage.queues.publish(REQUESTED, request, request, request)
    converter.launch()

    stage.wait_for_mail(conversion)
    stage.convert(user)

    assert stage.result_of(user, conversion) == ONCE


def test_a_completion_that_is_redelivered_sends_no_second_mail(stage: Stage, user: User) -> None:
    """The mail stands in the log of deliveries."""
    with stage.queues.tapped() as tap:
        conversion = stage.convert(user)
        completion = heard(tap, COMPLETED, conversion)
    log = Listening(service_of(stage, "notification"))

    stage.queues.publish(COMPLETED, completion, completion)
    stage.convert(user)

    assert stage.result_of(user, conversion) == ONCE
    wait_for(lambda: len(log.saying("was sent already")) == 2, "both are dropped")
    assert log.trouble() == []


@pytest.mark.thorough
def test_completions_that_come_twice_at_once_send_one_mail_each(stage: Stage, user: User) -> None:
    """Several senders are at them side by side."""
    notification = stage.services.notification
    notification.kill()
    with stage.queues.tapped() as tap:
        conversions = [user.upload(sample("one-second")) for _ in range(3)]
        completions = [heard(tap, COMPLETED, conversion) for conversion in conversions]
    stage.queues.publish(COMPLETED, *reversed(completions), *completions)
    notification.launch()

    for conversion in conversions:
        stage.wait_for_mail(conversion)
    stage.convert(user)

    assert [stage.result_of(user, conversion) for conversion in conversions] == [ONCE] * 3


@pytest.mark.thorough
def test_messages_in_any_order_end_in_one_mp3_and_one_mail_for_each_video(stage: Stage, user: User) -> None:
    """Requests in reverse, completions before the requests that led to them, and each of them twice."""
    (converter,) = stage.services.converters
    converter.kill()
    with stage.queues.tapped() as tap:
        conversions = [user.upload(sample("one-second")) for _ in range(3)]
        requests = [heard(tap, REQUESTED, conversion) for conversion in conversions]
        stage.queues.publish(REQUESTED, *reversed(requests))
        converter.launch()
        completions = [heard(tap, COMPLETED, conversion) for conversion in conversions]
    for conversion in conversions:
        stage.wait_for_mail(conversion)

    for completion, request in zip(reversed(completions), requests, strict=True):
        stage.queues.publish(COMPLETED, completion)
        stage.queues.publish(REQUESTED, request)
    stage.convert(user)

    assert [stage.result_of(user, conversion) for conversion in conversions] == [ONCE] * 3


def test_a_request_for_a_deleted_conversion_is_dropped(stage: Stage, user: User) -> None:
    """It was deleted while its request was on its way: no file, no mail, and one line that says why."""
    (converter,) = stage.services.converters
    converter.kill()
    with stage.queues.tapped() as tap:
        conversion = user.upload(sample("one-second"))
        request = heard(tap, REQUESTED, conversion)
    assert user.http.delete(f"/v1/conversions/{conversion}").status_code == 204
    converter.launch()
    log = Listening(converter)

    stage.convert(user)

    assert len(log.saying(conversion)) == 1
    assert log.trouble() == []
    assert stage.files_of(conversion) == []
    assert stage.mails_about(conversion) == []
    assert request not in [letter.body for letter in stage.queues.dead("converter")]


def test_messages_about_a_conversion_that_was_deleted_when_it_was_done_change_nothing(
    stage: Stage, user: User
) -> None:
    """Neither its request nor its completion brings it back."""
    with stage.queues.tapped() as tap:
        conversion = stage.convert(user)
        request, completion = heard(tap, REQUESTED, conversion), heard(tap, COMPLETED, conversion)
    assert user.http.delete(f"/v1/conversions/{conversion}").status_code == 204
    log = Listening(service_of(stage, "converter"))

    stage.queues.publish(REQUESTED, request)
    stage.queues.publish(COMPLETED, completion)
    stage.convert(user)

    assert user.http.get(f"/v1/conversions/{conversion}").status_code == 404
    assert stage.files_of(conversion) == []
    assert len(stage.mails_about(conversion)) == 1
    assert len(log.saying(conversion)) == 1
