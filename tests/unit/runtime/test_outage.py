import logging

import pytest

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_runtime.outage import Outage

REFUSED = ServiceUnavailableError("RabbitMQ", "connection refused")


def test_an_outage_is_logged_once_for_all_that_it_affects(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("The broker can't be reached", "The broker is reached again")

    with caplog.at_level(logging.INFO):
        for _ in range(3):
            outage.goes_on("sender", REFUSED)
            outage.goes_on("receiver", REFUSED)
        outage.is_over("sender")
        outage.is_over("sender")
        outage.is_over("receiver")

    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (
            logging.WARNING,
            "The broker can't be reached: connection refused. This is tried again until it works.",
        ),
        (logging.INFO, "The broker is reached again."),
    ]


def test_the_next_outage_is_logged_again(caplog: pytest.LogCaptureFixture) -> None:
    outage = Outage("The broker can't be reached", "The broker is reached again")

    with caplog.at_level(logging.INFO):
        for _ in range(2):
            outage.goes_on("sender", REFUSED)
            outage.is_over("sender")

    assert len(caplog.records) == 4
