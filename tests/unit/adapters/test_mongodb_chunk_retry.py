"""How chunks are tried again when a connection breaks."""

from datetime import timedelta

import pytest

from tests.unit.faults import down
from tracklift_adapters.mongodb.chunk_retry import ChunkRetry
from tracklift_domain.errors import ServiceUnavailableError


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        """Give the time."""
        return self.now


def retry_with(time: Time) -> ChunkRetry:
    return ChunkRetry(8, timedelta(seconds=15), clock=time)


def test_fewer_are_tried_after_a_failure_and_more_after_a_success() -> None:
    retry = retry_with(Time())
    amounts = [retry.at_once]
    for _ in range(4):
        retry.failed(down())
        amounts.append(retry.at_once)
    for _ in range(4):
        retry.succeeded()
        amounts.append(retry.at_once)

    assert amounts == [8, 4, 2, 1, 1, 2, 4, 8, 8]


def test_pauses_grow_up_to_a_second() -> None:
    retry = retry_with(Time())

    pauses = [retry.failed(down()) for _ in range(6)]
    retry.succeeded()

    assert pauses == [0.05, 0.1, 0.2, 0.4, 0.8, 1.0]
    assert retry.failed(down()) == 0.05


def test_without_a_success_for_too_long_the_outage_is_told() -> None:
    time = Time()
    retry = retry_with(time)
    time.now = 100
    retry.begin()
    time.now = 114.9
    retry.failed(down())
    time.now = 115
    error = down()

    with pytest.raises(ServiceUnavailableError) as raised:
        retry.failed(error)
    assert raised.value is error
