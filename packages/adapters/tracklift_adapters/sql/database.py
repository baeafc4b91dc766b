import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tracklift_adapters.sql.errors import outages_translated
from tracklift_adapters.sql.sqlite import WRITING


class SqlDatabase:
    """The two ways to use a database: to read, and to write all or nothing.

    Both raise `ServiceUnavailableError` when it does not do its work within `patience`.
    """

    def __init__(self, engine: AsyncEngine, *, patience: timedelta = timedelta(seconds=30)) -> None:
        self._engine = engine
        self._writing = engine.execution_options(**WRITING)
        self._patience = patience.total_seconds()
        # SQLite has one writer at a time. Waiting for it inside SQLite is a poll that knows no order and keeps a
        # connection; so the writers of this process wait here, first come, first served.
        self._turn = asyncio.Lock() if engine.dialect.name == "sqlite" else None

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection to read with; all it reads is of one point in time on SQLite."""
        with outages_translated():
            async with asyncio.timeout(self._patience), self._engine.connect() as connection:
                yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[AsyncConnection]:
        """Give a connection to write with. Leaving commits, and the writes are durable; an error undoes them."""
        with outages_translated():
            async with AsyncExitStack() as stack:
                await stack.enter_async_context(asyncio.timeout(self._patience))
                if self._turn is not None:
                    await stack.enter_async_context(self._turn)
                yield await stack.enter_async_context(self._writing.begin())

    async def close(self) -> None:
        """Close all connections. Closing twice is not an error."""
        await self._engine.dispose()
