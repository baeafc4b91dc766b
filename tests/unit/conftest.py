import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.unit.workshop import Workshop


@pytest.fixture
async def workshop() -> AsyncIterator[Workshop]:
    """Give a workshop, and see to it that nothing is left at work in it."""
    made = Workshop()
    yield made
    assert made.extractor.at_work == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}
