from datetime import UTC, datetime, timedelta, timezone

import pytest

from tracklift_runtime.timestamps import from_timestamp, to_timestamp


@pytest.mark.parametrize(
    "time",
    [
        datetime(1970, 1, 1, tzinfo=UTC),
        datetime(2026, 11, 29, 12, 30, 15, 123456, tzinfo=UTC),
        datetime(1969, 12, 31, 23, 59, 59, 999999, tzinfo=UTC),
        datetime.max.replace(tzinfo=UTC),
    ],
)
def test_a_time_comes_back_to_the_microsecond(time: datetime) -> None:
    assert from_timestamp(to_timestamp(time)) == time


def test_timestamps_sort_as_the_times_do_whatever_their_offsets() -> None:
    noon = datetime(2026, 11, 29, 12, tzinfo=UTC)
    later_in_paris = datetime(2026, 11, 29, 13, 0, 1, tzinfo=timezone(timedelta(hours=1)))

    assert to_timestamp(later_in_paris) - to_timestamp(noon) == 1_000_000
