"""How use cases let go of a stream that they may not have read to its end."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

_Item = TypeVar("_Item")


@asynccontextmanager
async def closing_stream(stream: AsyncIterable[_Item]) -> AsyncIterator[AsyncIterable[_Item]]:
    """Close a generator on leaving, so that what it holds is free at once and not whenever it is collected."""
    try:
        yield stream
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
