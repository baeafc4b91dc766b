"""What was made is closed at the end, in the reverse order, whatever fails on the way."""

from contextlib import AsyncExitStack

import pytest

from tracklift_runtime.closing import closing


class Thing:
    """Notes in a list when it is closed."""

    def __init__(self, name: str, *, closed: list[str]) -> None:
        self._name = name
        self._closed = closed

    def close(self) -> None:
        self._closed.append(self._name)

    async def close_soon(self) -> None:
        self._closed.append(self._name)

    async def fail(self) -> None:
        self._closed.append(self._name)
        raise RuntimeError(self._name)


async def test_things_are_closed_in_the_reverse_order_of_their_making() -> None:
    """Whether closing them needs the event loop or not."""
    closed: list[str] = []
    async with AsyncExitStack() as exits:
        closing(Thing, Thing.close)(exits, "first", closed=closed)
        closing(Thing, Thing.close_soon)(exits, "second", closed=closed)
        assert closed == []

    assert closed == ["second", "first"]


async def test_one_that_fails_to_close_keeps_no_other_open() -> None:
    closed: list[str] = []
    exits = AsyncExitStack()
    closing(Thing, Thing.close)(exits, "first", closed=closed)
    closing(Thing, Thing.fail)(exits, "second", closed=closed)

    with pytest.raises(RuntimeError, match="second"):
        await exits.aclose()

    assert closed == ["second", "first"]


async def test_what_could_not_be_made_is_not_closed() -> None:
    def broken() -> Thing:
        raise ValueError("broken")

    async with AsyncExitStack() as exits:
        with pytest.raises(ValueError, match="broken"):
            closing(broken, Thing.close)(exits)
