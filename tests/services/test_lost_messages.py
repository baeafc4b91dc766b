"""Messages that were lost with the broker: what they were about is found again from the records, by no operator."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.services.extractions import LONG
from tests.services.kept_stage import Changes
from tests.services.queues import COMPLETED, EVENTS
from tests.services.stage import Stage
from tracklift_runtime.timestamps import to_timestamp

pytestmark = [pytest.mark.media, pytest.mark.network]

ONCE = ("completed", [".audio.1"], 1)
"""One MP3 by the first attempt, and one mail."""


@pytest.fixture(scope="module")
def stage_settings() -> Changes:
    """Find soon what is lost: else it takes five minutes."""
    return {"gateway": {"TRACKLIFT_STALLED_AFTER": "3s"}, "converter": {"TRACKLIFT_CONVERTERS": "2"}}


def unconfirmed(stage: Stage) -> int:
    """Count the outcomes of which notification has not confirmed that it dealt with them."""
    conversions = stage.database["conversions"]
    return conversions.count_documents({"unconfirmed_since": {"$exists": True}})


def waiting_events(stage: Stage) -> int:
    """Count the events that no broker has confirmed yet."""
    return stage.database["conversions"].count_documents({"outbox": {"$ne": []}})


def all_once(stage: Stage, user: User, conversions: list[str]) -> None:
    """Wait until each conversion has its mail and all are confirmed, and see that none has two of anything."""
    for conversion in conversions:
        stage.wait_for_mail(conversion)
    wait_for(lambda: unconfirmed(stage) == 0, "every outcome is confirmed")
    stage.convert(user)
    assert [stage.result_of(user, conversion) for conversion in conversions] == [ONCE] * len(conversions)


@pytest.mark.thorough
def test_outcomes_whose_messages_are_purged_are_mailed_once_each(stage: Stage, user: User) -> None:
    """Of those that wait for notification, none is left in its queue."""
    stage.services.notification.kill()
    conversions = [user.upload(sample("one-second")) for _ in range(2)]
    for conversion in conversions:
        assert user.wait_for_end(conversion)["state"] == "completed"
    wait_for(lambda: waiting_events(stage) == 0, "the broker has every outcome")
    assert unconfirmed(stage) == len(conversions)

    assert stage.queues.purge("notification") >= len(conversions)
    stage.services.notification.launch()

    all_once(stage, user, conversions)


@pytest.mark.thorough
def test_requests_whose_messages_are_purged_are_converted_once_each(stage: Stage, user: User) -> None:
    (converter,) = stage.services.converters
    converter.kill()
    conversions = [user.upload(sample("one-second")) for _ in range(2)]
    wait_for(lambda: waiting_events(stage) == 0, "the broker has every request")

    assert stage.queues.purge("converter") >= len(conversions)
    converter.launch()

    all_once(stage, user, conversions)


def test_a_conversion_whose_worker_and_request_are_both_gone_is_taken_up_again(
    stage: Stage, user: User
) -> None:
    """Its lease is over, and no message is left that would lead another worker to it."""
    (converter,) = stage.services.converters
    conversion = user.upload(sample(LONG))
    user.wait_for_state(conversion, "converting")
    converter.kill()
    wait_for(lambda: stage.queues.purge("converter") > 0, "the broker has taken the request back")
    converter.launch()

    assert user.wait_for_end(conversion)["state"] == "completed"
    stage.wait_for_mail(conversion)


@pytest.mark.thorough
def test_confirmations_that_are_purged_cost_no_second_mail(stage: Stage, user: User) -> None:
    """The outcome is announced again, found to be mailed, and confirmed then."""
    conversions = [user.upload(sample("one-second")) for _ in range(2)]
    for conversion in conversions:
        stage.wait_for_mail(conversion)
    # As if what notification answered had never come.
    stage.database["conversions"].update_many(
        {"_id": {"$in": conversions}},
        {"$set": {"unconfirmed_since": to_timestamp(datetime.now(UTC) - timedelta(hours=3))}},
    )

    all_once(stage, user, conversions)


def test_a_broker_that_loses_everything_under_load_costs_no_video_and_no_mail(
    stage: Stage, user: User
) -> None:
    """Exchanges, bindings, queues, requests, outcomes and what waits for its time: all are deleted at once."""
    conversions = [user.upload(sample("one-second")) for _ in range(3)]
    stage.queues.delete_exchange(EVENTS)
    for queue in ("converter", "notification", "confirmations", "tracklift.delay.1s"):
        stage.queues.delete_queue(queue)
    conversions += [user.upload(sample("one-second")) for _ in range(3)]
    stage.queues.unbind("notification", COMPLETED)
    stage.queues.purge("notification")

    all_once(stage, user, conversions)
