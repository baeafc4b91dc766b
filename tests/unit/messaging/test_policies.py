from datetime import timedelta

import pytest

from tracklift_domain.messaging.policies import RedeliveryPolicy

POLICY = RedeliveryPolicy(first_delay=timedelta(seconds=3), longest_delay=timedelta(seconds=20))


@pytest.mark.parametrize(("failures", "seconds"), [(1, 3), (2, 6), (3, 12), (4, 20), (5, 20)])
def test_each_wait_is_twice_the_one_before_up_to_the_longest(failures: int, seconds: int) -> None:
    assert POLICY.delay_after(failures) == timedelta(seconds=seconds)


def test_the_wait_stays_bounded_however_often_the_handler_raised() -> None:
    assert POLICY.delay_after(10**9) == timedelta(seconds=20)


def test_an_event_that_fails_for_ever_is_never_tried_in_a_hot_loop() -> None:
    assert RedeliveryPolicy().delay_after(1) >= timedelta(seconds=1)
