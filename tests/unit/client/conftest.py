"""Both clients, so that each test of what they do is run with either."""

import pytest

from tests.unit.client.scripted_server import AsynchronousDriver, BlockingDriver, Driver, logged_in


@pytest.fixture(params=[BlockingDriver, AsynchronousDriver], ids=["blocking", "asynchronous"])
def driver(request: pytest.FixtureRequest) -> Driver:
    """Give a client of somebody who is logged in."""
    made: Driver = request.param(logged_in())
    return made
