"""Closing a stream that may not have been read to its end."""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

_Item = TypeVar("_Item")


@asynccontextmanager
async def closing_stream(stream: AsyncIterable[_Item]) -> AsyncIterator[AsyncIterable[_Item]]:
    """Close a generator on exit, so that its resources are released immediately, not by the garbage collector."""
    try:
        yield stream
    finally:
        if isinstance(stream, AsyncGenerator):
            await stream.aclose()
