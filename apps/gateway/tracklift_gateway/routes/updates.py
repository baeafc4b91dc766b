"""Live updates as server-sent events."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack

import msgspec
from litestar import get
from litestar.params import FromPath
from litestar.response import ServerSentEvent
from litestar.response.sse import ServerSentEventMessage
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.providing import Given
from tracklift_domain.conversion.errors import ConversionNotFoundError
from tracklift_domain.conversion.get_conversion import GetConversion
from tracklift_domain.conversion.progress import ConversionUpdate
from tracklift_domain.conversion.watch_conversions import WatchConversions
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.user import Caller
from tracklift_gateway.openapi import BEARER
from tracklift_gateway.records import ConversionRecord, ProgressRecord

_KEEP_ALIVE = 15.0
"""Seconds of silence after which a comment is sent, so that no proxy takes the stream for dead."""
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_Updates = AbstractAsyncContextManager[AsyncIterator[ConversionUpdate]]


@get(
    "/v1/conversions/{conversion_id:str}/events",
    summary="Watch a conversion",
    description="Server-sent events: `state` with the conversion, `progress` with how far it is. Ends when it has.",
    operation_id="watch_conversion",
    security=BEARER,
    tags=["updates"],
)
async def watch_one(
    caller: Given[Caller],
    watch_conversions: Given[WatchConversions],
    get_conversion: Given[GetConversion],
    conversion_id: FromPath[str],
) -> ServerSentEvent:
    """Stream the updates of one conversion."""
    watched = ConversionId(conversion_id)
    return await _stream(caller, watch_conversions.one(caller, watched), get_conversion)


@get(
    "/v1/events",
    summary="Watch all conversions",
    description="Server-sent events of all conversions of the caller, from now on.",
    operation_id="watch_conversions",
    security=BEARER,
    tags=["updates"],
)
async def watch_all(
    caller: Given[Caller], watch_conversions: Given[WatchConversions], get_conversion: Given[GetConversion]
) -> ServerSentEvent:
    """Stream the updates of all conversions."""
    return await _stream(caller, watch_conversions.all(caller), get_conversion)


async def _stream(caller: Caller, watching: _Updates, get_conversion: GetConversion) -> ServerSentEvent:
    # Entered before the response begins, so that an unknown conversion is a 404 and not a broken stream.
    stack = AsyncExitStack()
    updates = await stack.enter_async_context(watching)
    return ServerSentEvent(_messages(stack, caller, updates, get_conversion), headers=_HEADERS)


async def _messages(
    stack: AsyncExitStack,
    caller: Caller,
    updates: AsyncIterator[ConversionUpdate],
    get_conversion: GetConversion,
) -> AsyncIterator[ServerSentEventMessage]:
    async with stack:
        following = asyncio.ensure_future(anext(updates, None))
        try:
            while True:
                done, _ = await asyncio.wait({following}, timeout=_KEEP_ALIVE)
                if not done:
                    yield ServerSentEventMessage(comment="still here")
                    continue
                update = following.result()
                if update is None:
                    return
                message = await _message(caller, update, get_conversion)
                if message is not None:
                    yield message
                following = asyncio.ensure_future(anext(updates, None))
        finally:
            following.cancel()
            await asyncio.gather(following, return_exceptions=True)


async def _message(
    caller: Caller, update: ConversionUpdate, get_conversion: GetConversion
) -> ServerSentEventMessage | None:
    if update.progress is not None:
        progress = ProgressRecord(
            id=update.conversion_id, progress=update.progress.fraction, remaining=update.progress.remaining
        )
        return ServerSentEventMessage(event="progress", data=msgspec.json.encode(progress).decode())
    try:
        conversion = await get_conversion(caller, update.conversion_id)
    except ConversionNotFoundError:
        return None  # Deleted between the update and now.
    record = ConversionRecord.of(conversion)
    return ServerSentEventMessage(event="state", data=msgspec.json.encode(record).decode())


UPDATE_ROUTES: list[ControllerRouterHandler] = [watch_one, watch_all]
