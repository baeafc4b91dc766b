"""The route for the peaks of an MP3, from which clients draw a waveform."""

import hashlib
from typing import Any

from litestar import Request, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.files.byte_ranges import matches_etag
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import CALLER, problem_responses
from tracklift_domain.conversion.errors import (
    AudioExpiredError,
    AudioNotReadyError,
    ConversionNotFoundError,
    PeaksNotFoundError,
)
from tracklift_domain.conversion.library.get_peaks import GetPeaks
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope
from tracklift_gateway.openapi import PeaksOperation

_BYTES = "application/octet-stream"
_RESPONSES = {
    200: ResponseSpec(bytes, media_type=_BYTES, generate_examples=False, description="The peaks."),
    304: ResponseSpec(None, description="They are those that the client knows."),
    **problem_responses(
        *CALLER, ConversionNotFoundError, AudioNotReadyError, AudioExpiredError, PeaksNotFoundError
    ),
}


@get(
    "/v1/conversions/{conversion_id:str}/peaks",
    summary="Get the peaks of the MP3, for a waveform",
    description="A byte for each part of the MP3, from its beginning to its end: its largest amplitude, from 0 for "
    "silence to 255 for full scale, in proportion. All parts last equally long, but the last one may be shorter; there "
    "are 2,000 at most, and no fewer than 1,000 of an MP3 of a second. They never change. An MP3 that an older release "
    "made has none, nor has one that was copied from the video as it is.",
    operation_id="get_peaks",
    operation_class=PeaksOperation,
    responses=_RESPONSES,
    security=CALLER_SECURITY,
    scope=Scope.READ,
    tags=["conversions"],
)
async def peaks(
    request: Request[Any, Any, Any],
    caller: Given[Caller],
    get_peaks: Given[GetPeaks],
    conversion_id: FromPath[str],
) -> ASGIResponse:
    """Send the peaks, or nothing if the client has them (If-None-Match)."""
    found = await get_peaks(caller, ConversionId(conversion_id))
    etag = f'"{hashlib.sha256(found).hexdigest()}"'
    # No other MP3 is ever made under this id, so a client need not ask again within a day.
    headers = {"ETag": etag, "Cache-Control": "private, max-age=86400, immutable"}
    if matches_etag(request.headers.get("If-None-Match"), etag):
        return ASGIResponse(status_code=304, headers=headers)
    return ASGIResponse(body=found, media_type=_BYTES, headers=headers)


PEAK_ROUTES: list[ControllerRouterHandler] = [peaks]
