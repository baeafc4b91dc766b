"""What is deleted in the broker under load is declared again without a restart, and costs no video and no mail."""

from collections.abc import Callable, Iterator

import pytest

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.selection import thorough
from tests.services.queues import COMPLETED, EVENTS, REQUESTED
from tests.services.stage import Stage

pytestmark = [pytest.mark.media, pytest.mark.network]

ONCE = ("completed", [".audio.1"], 1)
"""One MP3 by the first attempt, and one mail."""
BEFORE, AFTER = 4, 4
"""Videos."""


def upload(user: User, count: int) -> list[str]:
    return [user.upload(sample("one-second")) for _ in range(count)]


def misses_nothing(stage: Stage) -> bool:
    return all(service.problems() == {} for service in stage.services.all)


@pytest.fixture(autouse=True)
def ends_whole(stage: Stage) -> Iterator[None]:
    """End with services that miss nothing."""
    yield
    wait_for(lambda: misses_nothing(stage), "no service misses anything")


@pytest.mark.parametrize(
    "lose",
    [
        pytest.param(
            lambda stage: stage.queues.delete_exchange(EVENTS),
            id="the exchange of events",
            # Which `test_lost_messages` deletes in each run, with more.
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            lambda stage: stage.queues.unbind("converter", REQUESTED),
            id="a binding of requests",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            lambda stage: stage.queues.unbind("notification", COMPLETED),
            id="a binding of outcomes",
            marks=pytest.mark.thorough,
        ),
        pytest.param(
            lambda stage: stage.queues.delete_exchange("tracklift.updates"),
            id="that of updates",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_what_is_lost_while_videos_come_in_costs_none_of_them(
    stage: Stage, user: User, lose: Callable[[Stage], None]
) -> None:
    conversions = upload(user, BEFORE)
    lose(stage)
    conversions += upload(user, AFTER)

    for conversion in conversions:
        stage.wait_for_mail(conversion)
    conversions += [stage.convert(user)]
    assert [stage.result_of(user, conversion) for conversion in conversions] == [ONCE] * len(conversions)


@pytest.mark.parametrize(
    "queue",
    ["converter.dead", *thorough(["tracklift.delay.1s", "notification.dead", "links.dead", "gateway.dead"])],
)
def test_a_queue_without_consumers_is_made_again(stage: Stage, queue: str) -> None:
    """No consumer is told that it is gone."""
    stage.queues.delete_queue(queue)

    wait_for(lambda: stage.queues.exists(queue), "it is made again")


def test_the_gateway_takes_videos_in_and_names_the_binding_that_their_requests_lack(
    stage: Stage, user: User
) -> None:
    """The converter is not there to bind its queue again, so the requests wait; then they are done."""
    (converter,) = stage.services.converters
    converter.kill()
    stage.queues.unbind("converter", REQUESTED)
    conversion = user.upload(sample("one-second"))

    gateway = stage.services.gateway
    wait_for(
        lambda: REQUESTED in gateway.problems().get("RabbitMQ", ""), "readiness names the missing binding"
    )
    assert gateway.readiness() == 200
    converter.launch()

    stage.wait_for_mail(conversion)
    assert stage.result_of(user, conversion) == ONCE
