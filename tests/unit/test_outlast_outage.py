"""Going on through an outage of the storage."""

import logging
from datetime import timedelta

import pytest

from tests.unit.faults import down
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.outlast_outage import outlast_outage

SHORT = timedelta(milliseconds=1)


class Call:
    """Fails so many times."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.count = 0

    async def __call__(self) -> str:
        """Fail, or give an answer."""
        self.count += 1
        if self.count <= self.failures:
            raise down()
        return "done"


async def test_a_call_is_made_until_it_succeeds(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        assert await outlast_outage(Call(5), pause=SHORT) == "done"

    assert len(caplog.records) == 1, "said once, not with each try"


async def test_without_patience_left_the_outage_is_told() -> None:
    call = Call(5)

    with pytest.raises(ServiceUnavailableError):
        await outlast_outage(call, pause=SHORT, patience=timedelta(0))
    assert call.count == 1
