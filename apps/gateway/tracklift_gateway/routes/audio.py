"""The route that hands out an MP3."""

from typing import Any

from litestar import Request, Response, get, head
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response import Stream
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.byte_ranges import (
    ByteRange,
    UnsatisfiableRangeError,
    attachment,
    matches_etag,
    parse_range,
)
from tracklift_adapters.http.problems import Problem
from tracklift_adapters.http.providing import Given
from tracklift_domain.conversion.download_audio import AudioDownload, DownloadAudio
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.user import Caller
from tracklift_gateway.openapi import BEARER

_PATH = "/v1/conversions/{conversion_id:str}/audio"
_TAGS = ["conversions"]
_MP3 = "audio/mpeg"
_RESPONSES = {
    200: ResponseSpec(bytes, media_type=_MP3, generate_examples=False, description="The MP3."),
    206: ResponseSpec(bytes, media_type=_MP3, generate_examples=False, description="A part of it."),
}


@get(
    _PATH,
    summary="Download the MP3",
    operation_id="download_audio",
    responses=_RESPONSES,
    security=BEARER,
    tags=_TAGS,
)
async def download(
    request: Request[Any, Any, Any],
    caller: Given[Caller],
    download_audio: Given[DownloadAudio],
    conversion_id: FromPath[str],
) -> Response[Any]:
    """Hand out the MP3, whole or a part of it (Range), or not at all if it is known (If-None-Match)."""
    return _respond(request, await download_audio(caller, ConversionId(conversion_id)))


@head(_PATH, summary="Describe the MP3", operation_id="describe_audio", security=BEARER, tags=_TAGS)
async def describe(
    request: Request[Any, Any, Any],
    caller: Given[Caller],
    download_audio: Given[DownloadAudio],
    conversion_id: FromPath[str],
) -> Response[None]:
    """Give the headers that a download would have."""
    return _respond(request, await download_audio(caller, ConversionId(conversion_id)))


def _respond(request: Request[Any, Any, Any], found: AudioDownload) -> Response[Any]:
    etag = f'"{found.audio.sha256}"'
    headers = {
        "ETag": etag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        "Content-Disposition": attachment(found.conversion.audio_name),
    }
    if matches_etag(request.headers.get("If-None-Match"), etag):
        return Response(None, status_code=304, headers=headers, media_type=_MP3)
    part = _wanted_part(request, found, etag)
    if part is not None:
        headers["Content-Range"] = part.content_range(found.audio.size)
    start, end = (part.start, part.end) if part else (0, found.audio.size)
    headers["Content-Length"] = str(end - start)
    status = 206 if part else 200
    if request.method == "HEAD":
        return Response(None, status_code=status, headers=headers, media_type=_MP3)
    return Stream(found.read(start, end), status_code=status, headers=headers, media_type=_MP3)


def _wanted_part(request: Request[Any, Any, Any], found: AudioDownload, etag: str) -> ByteRange | None:
    # If-Range: the part only if the file is still the one that the client has the rest of (RFC 9110, section 13.1.5).
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
