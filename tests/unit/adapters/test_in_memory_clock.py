from datetime import datetime, timedelta, timezone

import pytest

from tests.contracts.examples import NOW, SECOND
from tracklift_adapters.in_memory.clock import ManualClock


def test_the_clock_stands_still() -> None:
    clock = ManualClock(NOW)

    assert clock.now() == clock.now() == NOW


def test_the_clock_moves_by_a_duration_or_to_a_time() -> None:
    clock = ManualClock(NOW)

    assert clock.advance(SECOND) == clock.now() == NOW + SECOND
    clock.set(NOW - SECOND)
    assert clock.now() == NOW - SECOND


def test_the_clock_tells_the_time_in_utc() -> None:
    elsewhere = NOW.astimezone(timezone(timedelta(hours=5, minutes=30)))

    assert ManualClock(elsewhere).now().isoformat() == NOW.isoformat()


def test_the_clock_refuses_a_time_without_offset() -> None:
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001 (the mistake that is tested)
