from dataclasses import replace
from datetime import timedelta

import pytest

from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy

POLICY = AttemptPolicy(first_delay=timedelta(seconds=10), longest_delay=timedelta(minutes=10))


@pytest.mark.parametrize(
    ("attempt", "seconds"), [(1, 10), (2, 40), (3, 160), (4, 600), (5, 600), (13, 600), (10**9, 600)]
)
def test_each_wait_is_four_times_the_one_before_up_to_the_longest(attempt: int, seconds: int) -> None:
    assert POLICY.delay_after(attempt) == timedelta(seconds=seconds)


@pytest.mark.parametrize(("attempts", "seconds"), [(5, 600), (3, 40), (1, 10)])
def test_behind_others_an_attempt_waits_as_long_as_the_last_one(attempts: int, seconds: int) -> None:
    assert replace(POLICY, attempts=attempts).delay_behind_others == timedelta(seconds=seconds)


def test_the_first_wait_is_never_above_the_longest() -> None:
    policy = AttemptPolicy(first_delay=timedelta(hours=1), longest_delay=timedelta(minutes=1))
    assert policy.delay_after(1) == timedelta(minutes=1)


def test_the_record_of_an_upload_outlasts_the_longest_pause_of_one_that_lives() -> None:
    """News is noted only with bytes, up to a quarter of the limit late, and the next bytes may take the whole limit."""
    retention = RetentionPolicy(idle_upload=timedelta(minutes=2))
    assert retention.upload_record > retention.idle_upload * 1.25
