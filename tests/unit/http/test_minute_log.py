"""Warnings that any client can cause."""

import pytest

from tracklift_adapters.http.limits.minute_log import MinuteLog


def test_what_happens_often_makes_one_line_a_minute_with_how_often(caplog: pytest.LogCaptureFixture) -> None:
    seconds = 0.0
    log = MinuteLog(now=lambda: seconds)
    for _ in range(1000):
        log.count("beyond the bound")
    log.count("half sent headers")
    seconds = 59.9
    log.flush()
    assert [record.getMessage().partition(": ")[2] for record in caplog.records] == ["beyond the bound: 1."]
    seconds = 60.0
    log.flush()
    seconds = 600.0
    log.flush()

    assert len(caplog.records) == 2
    assert caplog.records[1].getMessage().endswith(": beyond the bound: 999, half sent headers: 1.")
