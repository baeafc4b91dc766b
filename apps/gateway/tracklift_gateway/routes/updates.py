"""Live updates as server-sent events."""

from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, aclosing
from datetime import timedelta

import msgspec
from litestar import get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.files.owning_stream import OwningStream
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import CALLER, problem_responses
from tracklift_domain.clock import Clock
from tracklift_domain.conversion.errors import ConversionNotFoundError, TooManyStreamsError
from tracklift_domain.conversion.library.get_conversion import GetConversion
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.watch_conversions import WatchConversions
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.silence import with_silence
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope
from tracklift_gateway.openapi import PROGRESS_EXAMPLE
from tracklift_gateway.responses import ArrivalResponse, ConversionResponse, DeletedResponse, ProgressResponse

KEEP_ALIVE = timedelta(seconds=15)
"""Silence after which a comment is sent, so that no proxy considers the stream dead (HTML Living Standard, 9.2.7)."""
_NONE = timedelta(0)
_ENDS = (
    "A stream ends when the access token that opened it expires: its last event is then `token_expired`, and a client "
    "opens another with a new token. It ends as well with the session of that token, and with the account."
)
_STILL_HERE = b": still here\n\n"
# The second header keeps nginx from buffering events.
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
_EXPIRED = b'event: token_expired\ndata: {"code":"token_expired"}\n\n'
"""The last event of a stream whose access token has expired; events end with a blank line, and need data to be seen."""
_Updates = AbstractAsyncContextManager[AsyncIterator[ConversionUpdate]]


def _event(
    name: str, data: ArrivalResponse | ProgressResponse | ConversionResponse | DeletedResponse
) -> bytes:
    # JSON has no line breaks, so it fits in one line of data (HTML Living Standard, section 9.2.5).
    return b"event: %s\ndata: %s\n\n" % (name.encode(), msgspec.json.encode(data))


_EVENTS = ResponseSpec(
    str,
    media_type="text/event-stream",
    generate_examples=False,
    description="Server-sent events.",
    examples=[example("Progress", _event("progress", PROGRESS_EXAMPLE).decode())],
)


@get(
    "/v1/conversions/{conversion_id:str}/events",
    summary="Watch a conversion",
    description="Server-sent events: `state` with the conversion, `uploading` with the bytes that came in, `progress` "
    "with how far it is. Ends when it has; once the conversion is gone, with `deleted`, which has its id. "
    f"{_ENDS}",
    operation_id="watch_conversion",
    responses={200: _EVENTS, **problem_responses(*CALLER, ConversionNotFoundError, TooManyStreamsError)},
    security=CALLER_SECURITY,
    scope=Scope.READ,
    tags=["updates"],
)
async def watch_one(
    caller: Given[Caller],
    watch_conversions: Given[WatchConversions],
    get_conversion: Given[GetConversion],
    clock: Given[Clock],
    conversion_id: FromPath[str],
) -> ASGIResponse:
    """Stream the updates of one conversion."""
    watched = ConversionId(conversion_id)
    return await _stream(caller, watch_conversions.one(caller, watched), get_conversion, clock)


@get(
    "/v1/events",
    summary="Watch all conversions",
    description="Server-sent events of all conversions of the caller, from now on; `deleted` has the id of one that is "
    f"gone. {_ENDS}",
    operation_id="watch_conversions",
    responses={200: _EVENTS, **problem_responses(*CALLER, TooManyStreamsError)},
    security=CALLER_SECURITY,
    scope=Scope.READ,
    tags=["updates"],
)
async def watch_all(
    caller: Given[Caller],
    watch_conversions: Given[WatchConversions],
    get_conversion: Given[GetConversion],
    clock: Given[Clock],
) -> ASGIResponse:
    """Stream the updates of all conversions."""
    return await _stream(caller, watch_conversions.all(caller), get_conversion, clock)


async def _stream(
    caller: Caller, watching: _Updates, get_conversion: GetConversion, clock: Clock
) -> ASGIResponse:
    async with AsyncExitStack() as stack:
        # Entered before the response begins, so that an unknown conversion is a 404 and not a broken stream.
        updates = await stack.enter_async_context(watching)
        messages = _messages(caller, updates, get_conversion, clock)
        stack.push_async_callback(messages.aclose)
        return OwningStream(messages, owned=stack.pop_all(), media_type="text/event-stream", headers=_HEADERS)


async def _messages(
    caller: Caller, updates: AsyncIterator[ConversionUpdate], get_conversion: GetConversion, clock: Clock
) -> AsyncGenerator[bytes, None]:
    # Immediately, so that a browser knows that it is connected before the first event.
    yield _STILL_HERE
    async with aclosing(with_silence(updates, lambda: min(KEEP_ALIVE, _left(caller, clock)))) as following:
        async for update in following:
            # Also checked for each event, since a stream that is never silent must end too.
            if _left(caller, clock) <= _NONE:
                yield _EXPIRED
                return
            if update is None:
                yield _STILL_HERE
                continue
            message = await _message(caller, update, get_conversion)
            if message is not None:
                yield message


def _left(caller: Caller, clock: Clock) -> timedelta:
    """Tell for how long the caller's access token is still valid."""
    return timedelta.max if caller.expires_at is None else max(_NONE, caller.expires_at - clock.now())


async def _message(caller: Caller, update: ConversionUpdate, get_conversion: GetConversion) -> bytes | None:
    if update.is_deleted:
        return _event("deleted", DeletedResponse(id=update.conversion_id))
    if update.progress is not None:
        return _event(
            "progress",
            ProgressResponse(
                id=update.conversion_id,
                progress=update.progress.fraction,
                remaining=update.progress.remaining,
            ),
        )
    if update.arrival is not None:
        return _event(
            "uploading",
            ArrivalResponse(
                id=update.conversion_id,
                received=update.arrival.received,
                length=update.arrival.length,
            ),
        )
    try:
        conversion = await get_conversion(caller, update.conversion_id)
    except ConversionNotFoundError:
        return None  # Deleted since the update; the next update says so.
    return _event("state", ConversionResponse.of(conversion))


UPDATE_ROUTES: list[ControllerRouterHandler] = [watch_one, watch_all]
