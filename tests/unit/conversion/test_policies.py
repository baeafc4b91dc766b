from dataclasses import replace
from datetime import timedelta

import pytest

from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.extraction.failure import Failure, FailureCode

POLICY = AttemptPolicy(first_delay=timedelta(seconds=10), longest_delay=timedelta(minutes=10))


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 10), (2, 40), (3, 160), (4, 600), (5, 600), (13, 600), (10**9, 600)]
)
def test_each_wait_is_four_times_the_one_before_up_to_the_longest(attempt: int, seconds: int) -> None:
    assert POLICY.delay_after(attempt) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("attempts", "seconds"), [(5, 600), (3, 40), (1, 10)])
def test_a_stalled_extraction_waits_as_long_as_a_last_attempt(attempts: int, seconds: int) -> None:
    policy = replace(POLICY, attempts=attempts)
    stalled = Failure(FailureCode.TIMED_OUT, "It stalled.")
    assert policy.delay_before_next(stalled, attempts_left=attempts - 1) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("left", "seconds"), [(4, 10), (3, 40), (1, 600), (5, 10), (9, 10)])
@pytest.mark.parametrize("failure", [None, Failure(FailureCode.OUT_OF_SPACE, "It is full.")])
def test_others_wait_by_the_attempts_that_are_left(failure: Failure, left: int, seconds: int) -> None:
    """More than all are left after a retry by the user, or after attempts that were given back."""
    assert POLICY.delay_before_next(failure, attempts_left=left) == timedelta(seconds=seconds)


def test_the_first_wait_is_never_above_the_longest() -> None:
    policy = AttemptPolicy(first_delay=timedelta(hours=1), longest_delay=timedelta(minutes=1))
    assert policy.delay_after(1) == timedelta(minutes=1)


def test_the_record_of_an_upload_outlasts_the_longest_pause_of_one_that_lives() -> None:
    """News is noted only with bytes, up to a quarter of the limit late, and the next bytes may take the whole limit."""
    retention = RetentionPolicy(idle_upload=timedelta(minutes=2))
    assert retention.upload_record > retention.idle_upload * 1.25
