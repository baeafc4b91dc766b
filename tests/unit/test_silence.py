import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import timedelta

from tracklift_domain.silence import with_silence


class Stream:
    """A stream into which a test puts items; `None` ends it."""

    def __init__(self) -> None:
        self.items: asyncio.Queue[str | None] = asyncio.Queue()
        self.closed = False

    async def __call__(self) -> AsyncIterator[str]:
        """Give the items."""
        try:
            while (item := await self.items.get()) is not None:
                yield item
        finally:
            self.closed = True


async def test_items_pass_and_silence_between_them_is_told() -> None:
    stream = Stream()

    async with aclosing(with_silence(stream(), lambda: timedelta(0))) as following:
        assert await anext(following) is None
        stream.items.put_nowait("a")
        while (item := await anext(following)) is None:
            pass
        assert item == "a"
        assert await anext(following) is None


async def test_it_ends_with_the_stream() -> None:
    stream = Stream()
    for item in ("a", "b", None):
        stream.items.put_nowait(item)

    assert [item async for item in with_silence(stream(), lambda: timedelta(days=1))] == ["a", "b"]


async def test_closing_it_gives_up_the_item_that_it_waits_for() -> None:
    stream = Stream()
    following = with_silence(stream(), lambda: timedelta(0))
    assert await anext(following) is None

    await following.aclose()

    assert stream.closed
