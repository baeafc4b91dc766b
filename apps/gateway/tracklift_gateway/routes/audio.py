"""The route that sends an MP3."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

from litestar import Request, Response, get, head
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.files.byte_ranges import (
    ByteRange,
    UnsatisfiableRangeError,
    attachment,
    matches_etag,
    parse_range,
)
from tracklift_adapters.http.files.owning_stream import OwningStream
from tracklift_adapters.http.files.preconditions import require_unchanged
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import CALLER, problem_responses
from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.errors import AudioExpiredError, AudioNotReadyError, ConversionNotFoundError
from tracklift_domain.conversion.library.download_audio import AudioDownload, DownloadAudio
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaLostError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope
from tracklift_gateway.openapi import DownloadOperation

_PATH = "/v1/conversions/{conversion_id:str}/audio"
_TAGS = ["conversions"]
_MP3 = "audio/mpeg"
_PROBLEMS = problem_responses(
    *CALLER,
    ConversionNotFoundError,
    AudioNotReadyError,
    AudioExpiredError,
    MediaLostError,
    (412, "precondition_failed"),
    (416, "range_not_satisfiable"),
)
_RESPONSES = {
    200: ResponseSpec(bytes, media_type=_MP3, generate_examples=False, description="The MP3."),
    206: ResponseSpec(bytes, media_type=_MP3, generate_examples=False, description="A part of it."),
    304: ResponseSpec(None, description="It is the one that the client knows."),
    **_PROBLEMS,
}


@get(
    _PATH,
    summary="Download the MP3",
    operation_id="download_audio",
    operation_class=DownloadOperation,
    responses=_RESPONSES,
    security=CALLER_SECURITY,
    scope=Scope.READ,
    tags=_TAGS,
)
async def download(
    request: Request[Any, Any, Any],
    caller: Given[Caller],
    download_audio: Given[DownloadAudio],
    conversion_id: FromPath[str],
) -> ASGIResponse:
    """Send the MP3, whole or a part of it (Range), or not at all if the client has it (If-None-Match)."""
    found = await download_audio(caller, ConversionId(conversion_id))
    headers = _headers(found)
    await require_unchanged(request, headers["ETag"], found.made_at)
    if matches_etag(request.headers.get("If-None-Match"), headers["ETag"]):
        return ASGIResponse(status_code=304, headers=headers)
    part = _wanted_part(request, found, headers["ETag"])
    if part is None:
        part = ByteRange(0, found.audio.size)
        status = 200
    else:
        headers["Content-Range"] = part.content_range(found.audio.size)
        status = 206
    return await _stream(found, part, status, headers)


async def _stream(
    found: AudioDownload, part: ByteRange, status: int, headers: dict[str, str]
) -> ASGIResponse:
    headers["Content-Length"] = str(part.end - part.start)
    chunks = found.read(part.start, part.end)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(closing_stream(chunks))
        # Before the response begins, so that an unreadable file gives a problem and not a truncated response.
        first = await anext(chunks, b"")
        return OwningStream(
            _joined(first, chunks),
            owned=stack.pop_all(),
            media_type=_MP3,
            headers=headers,
            status_code=status,
        )


@head(
    _PATH,
    summary="Describe the MP3",
    operation_id="describe_audio",
    responses={status: spec for status, spec in _RESPONSES.items() if status not in {206, 416}},
    security=CALLER_SECURITY,
    scope=Scope.READ,
    tags=_TAGS,
)
async def describe(
    request: Request[Any, Any, Any],
    caller: Given[Caller],
    download_audio: Given[DownloadAudio],
    conversion_id: FromPath[str],
) -> Response[None]:
    """Give the response to a download without its content. Only GET supports ranges (RFC 9110, section 14.2)."""
    found = await download_audio(caller, ConversionId(conversion_id))
    headers = _headers(found)
    await require_unchanged(request, headers["ETag"], found.made_at)
    if matches_etag(request.headers.get("If-None-Match"), headers["ETag"]):
        return Response(None, status_code=304, headers=headers)
    chunks = found.read(0, 1)
    async with closing_stream(chunks):
        await anext(chunks, b"")  # Raises as a download would, if the file is lost.
    headers["Content-Type"] = _MP3
    headers["Content-Length"] = str(found.audio.size)
    return Response(None, status_code=200, headers=headers)


def _headers(found: AudioDownload) -> dict[str, str]:
    return {
        "ETag": f'"{found.audio.sha256}"',
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": attachment(found.conversion.audio_name),
    }


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _wanted_part(request: Request[Any, Any, Any], found: AudioDownload, etag: str) -> ByteRange | None:
    # If-Range: a part is sent only if the client's part is of the same file (RFC 9110, section 13.1.5).
    if request.headers.get("If-Range", etag) != etag:
        return None
    try:
        return parse_range(request.headers.get("Range"), found.audio.size)
    except UnsatisfiableRangeError as error:
        raise Problem(
            416,
            "range_not_satisfiable",
            f"The MP3 has {found.audio.size} bytes: ask for a range inside.",
            headers={"Content-Range": f"bytes */{found.audio.size}"},
        ) from error


AUDIO_ROUTES: list[ControllerRouterHandler] = [download, describe]
