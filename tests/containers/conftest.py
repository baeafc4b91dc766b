from collections.abc import Iterator

import pytest

from tests.containers.system import ComposedSystem, composed_system


@pytest.fixture(scope="session")
def system() -> Iterator[ComposedSystem]:
    """Give the whole of Tracklift in containers."""
    with composed_system() as running:
        yield running
