"""Streams that must give a sign of life while nothing happens."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from datetime import timedelta
from typing import TypeVar

_Item = TypeVar("_Item")


async def with_silence(
    items: AsyncIterator[_Item], longest: Callable[[], timedelta]
) -> AsyncGenerator[_Item | None, None]:
    """Give items as they arrive, and `None` when none has arrived for `longest()`, which is called before each wait."""
    following = asyncio.ensure_future(anext(items, None))
    try:
        while True:
            done, _ = await asyncio.wait({following}, timeout=longest().total_seconds())
            if not done:
                yield None
                continue
            item = following.result()
            if item is None:
                return
            yield item
            following = asyncio.ensure_future(anext(items, None))
    finally:
        following.cancel()
        await asyncio.gather(following, return_exceptions=True)
