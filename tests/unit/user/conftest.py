import pytest

from tests.unit.user.reception import Reception


@pytest.fixture
def reception() -> Reception:
    return Reception()
