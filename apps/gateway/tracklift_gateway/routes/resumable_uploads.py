"""Routes for resumable uploads: tus 1.0."""

from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

from litestar import MediaType, Request, Response, delete, head, patch, post, route
from litestar.enums import HttpMethod
from litestar.params import FromPath
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.body import body_chunks
from tracklift_adapters.http.bodies.media_types import media_type_of, unsupported_media_type
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import CALLER, INVALID_REQUEST, problem_responses
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaTooLargeError, OutOfSpaceError, WrongOffsetError
from tracklift_domain.upload.append_to_upload import AppendToUpload, UploadPart
from tracklift_domain.upload.begin_upload import BeginUpload, WantedUpload
from tracklift_domain.upload.begin_upload_with_bytes import BeginUploadWithBytes
from tracklift_domain.upload.checksum import ChecksumAlgorithm
from tracklift_domain.upload.discard_upload import DiscardUpload
from tracklift_domain.upload.errors import (
    ChecksumMismatchError,
    EmptyUploadError,
    IdempotencyKeyReusedError,
    NotAVideoError,
    QuotaExceededError,
    TooManyConversionsError,
    UploadFinishedError,
    UploadGoneError,
    UploadInProgressError,
    UploadLockedError,
    UploadNotFoundError,
    UploadTooLongError,
)
from tracklift_domain.upload.get_upload import GetUpload
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.upload.upload_quotas import UploadQuotas
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import UnverifiedAddressError
from tracklift_domain.user.access.require_verified_address import RequireVerifiedAddress
from tracklift_domain.user.access.scope import Scope
from tracklift_gateway.tus import (
    EXTENSIONS,
    PART,
    RESUMABLE,
    STANDSTILL,
    TUS_PROBLEMS,
    VERSION,
    read_checksum,
    read_header,
    read_length,
    read_metadata,
    read_number,
    require_version,
    status_headers,
)
from tracklift_gateway.tus_openapi import (
    AppendOperation,
    BeginOperation,
    BodilessOperation,
    VersionOperation,
    documented,
)
from tracklift_gateway.upload_rate import UploadRate
from tracklift_gateway.uploads import content_length, read_idempotency_key

_PATH = "/v1/uploads"
_ONE = "/v1/uploads/{upload_id:str}"
_TAGS = ["resumable uploads"]
_Request = Request[Any, Any, Any]
_PAUSE = timedelta(seconds=2)
"""A pause after which the received bytes are stored durably, well before another request may claim the upload."""
_VERSION = (412, "tus_version")
_PART_PROBLEMS = (
    UploadNotFoundError,
    UploadGoneError,
    UploadLockedError,
    WrongOffsetError,
    UploadTooLongError,
    NotAVideoError,
    ChecksumMismatchError,
    STANDSTILL,
    OutOfSpaceError,
    INVALID_REQUEST,
    (400, "invalid_checksum"),
    (415, "unsupported_media_type"),
    _VERSION,
)


@route(
    _PATH,
    http_method=[HttpMethod.OPTIONS],
    status_code=204,
    summary="Ask what is supported",
    description="Versions, extensions and limits of tus. No token is needed; with one, `Tus-Max-Size` is the limit of "
    "its user.",
    operation_id="describe_uploads",
    operation_class=BodilessOperation,
    responses=problem_responses(),
    scope=Scope.CONVERT,
    tags=_TAGS,
)
async def describe(
    known_caller: Given[Caller | None], limits: Given[UploadLimits], upload_quotas: Given[UploadQuotas]
) -> Response[None]:
    """Say what is supported."""
    headers = {
        **RESUMABLE,
        "Tus-Version": VERSION,
        "Tus-Extension": ",".join(EXTENSIONS),
        "Tus-Max-Size": str(await _largest_video(known_caller, limits, upload_quotas)),
        "Tus-Checksum-Algorithm": ",".join(ChecksumAlgorithm),
    }
    return Response(None, status_code=204, headers=headers)


async def _largest_video(caller: Caller | None, limits: UploadLimits, upload_quotas: UploadQuotas) -> int:
    if caller is not None:
        with suppress(ServiceUnavailableError):
            limits = await upload_quotas.limits_of(caller.user_id)
    return limits.largest_video


@post(
    _PATH,
    status_code=201,
    summary="Begin a resumable upload",
    description="Begins an upload by tus 1.0, with its first bytes or without. Its id is that of the conversion, which "
    "is queued with the last byte. `Idempotency-Key` makes it safe to begin again.",
    operation_id="begin_upload",
    operation_class=BeginOperation,
    response_description="The upload has begun.",
    responses=problem_responses(
        *CALLER,
        UnverifiedAddressError,
        InvalidOptionError,
        EmptyUploadError,
        MediaTooLargeError,
        TooManyConversionsError,
        QuotaExceededError,
        (429, "too_many_uploads"),
        IdempotencyKeyReusedError,
        UploadInProgressError,
        (400, "invalid_idempotency_key"),
        (400, "invalid_metadata"),
        *_PART_PROBLEMS,
    ),
    response_headers=documented("Location", "Upload-Offset", "Upload-Expires"),
    # The use case enforces the limit, since it counts the received bytes.
    request_max_body_size=None,
    exception_handlers=TUS_PROBLEMS,
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=_TAGS,
)
async def begin(
    request: _Request,
    caller: Given[Caller],
    require_verified_address: Given[RequireVerifiedAddress],
    begin_upload: Given[BeginUpload],
    begin_upload_with_bytes: Given[BeginUploadWithBytes],
    upload_rate: Given[UploadRate],
) -> Response[None]:
    """Begin an upload."""
    require_version(request)
    await require_verified_address(caller)
    upload_rate.take(caller)
    note = read_header(request, "Upload-Metadata") or ""
    metadata = read_metadata(note)
    wanted = WantedUpload(
        length=read_length(request),
        name=metadata.name,
        options=metadata.options,
        note=note,
        is_sound_extract=metadata.is_sound_extract,
        idempotency_key=read_idempotency_key(request),
    )
    if _has_body(request):
        begun = await begin_upload_with_bytes(caller, wanted, _read_part(request, offset=0))
    else:
        begun = await begin_upload(caller, wanted)
    headers = {**status_headers(begun), "Location": f"{_PATH}/{begun.id}"}
    # With JSON, the empty body would be serialized as null.
    return Response(None, status_code=201, headers=headers, media_type=MediaType.TEXT)


@head(
    _ONE,
    summary="Ask how far an upload is",
    description="How many bytes are durably stored, and so where to go on. Of a finished upload, all are.",
    operation_id="get_upload",
    operation_class=VersionOperation,
    response_description="How far it is.",
    responses=problem_responses(
        *CALLER, UploadNotFoundError, UploadGoneError, UploadLockedError, NotAVideoError, _VERSION
    ),
    response_headers=documented("Upload-Offset", "Upload-Length", "Upload-Metadata", "Upload-Expires"),
    exception_handlers=TUS_PROBLEMS,
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=_TAGS,
)
async def show(
    request: _Request, caller: Given[Caller], get_upload: Given[GetUpload], upload_id: FromPath[str]
) -> Response[None]:
    """Show how far an upload is."""
    require_version(request)
    status = await get_upload(caller, ConversionId(upload_id))
    headers = {
        **status_headers(status),
        "Upload-Length": str(status.length),
        "Cache-Control": "no-store",
        **({"Upload-Metadata": status.note} if status.note else {}),
    }
    return Response(None, status_code=200, headers=headers)


@patch(
    _ONE,
    status_code=204,
    summary="Send bytes of an upload",
    description="Appends to what is stored. What came of a body that breaks off stays; with a checksum, none of it. "
    "The last byte queues the conversion.",
    operation_id="append_to_upload",
    operation_class=AppendOperation,
    response_description="The bytes are stored.",
    responses=problem_responses(*CALLER, *_PART_PROBLEMS),
    response_headers=documented("Upload-Offset", "Upload-Expires"),
    request_max_body_size=None,
    exception_handlers=TUS_PROBLEMS,
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=_TAGS,
)
async def append(
    request: _Request,
    caller: Given[Caller],
    append_to_upload: Given[AppendToUpload],
    upload_id: FromPath[str],
) -> Response[None]:
    """Append to an upload."""
    require_version(request)
    part = _read_part(request, offset=read_number(request, "Upload-Offset"))
    status = await append_to_upload(caller, ConversionId(upload_id), part)
    return Response(None, status_code=204, headers=dict(status_headers(status)))


@delete(
    _ONE,
    summary="Throw an upload away",
    description="Ends an upload that is not finished, with its conversion. A finished one is a conversion to delete.",
    operation_id="discard_upload",
    operation_class=VersionOperation,
    response_description="It is gone.",
    responses=problem_responses(*CALLER, UploadNotFoundError, UploadGoneError, UploadFinishedError, _VERSION),
    exception_handlers=TUS_PROBLEMS,
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=_TAGS,
)
async def discard(
    request: _Request, caller: Given[Caller], discard_upload: Given[DiscardUpload], upload_id: FromPath[str]
) -> Response[None]:
    """Discard an upload."""
    require_version(request)
    await discard_upload(caller, ConversionId(upload_id))
    return Response(None, status_code=204, headers=dict(RESUMABLE))


def _has_body(request: _Request) -> bool:
    return bool(content_length(request)) or "Transfer-Encoding" in request.headers


def _read_part(request: _Request, *, offset: int) -> UploadPart:
    if media_type_of(request.headers.get("Content-Type", "")) != PART:
        raise unsupported_media_type(f"Send bytes of an upload with Content-Type: {PART}.", PART)
    return UploadPart(
        offset=offset,
        chunks=_body(request),
        size=content_length(request),
        checksum=read_checksum(request),
    )


async def _body(request: _Request) -> AsyncIterator[bytes]:
    async for chunk in body_chunks(request, pause=_PAUSE):
        yield chunk


RESUMABLE_UPLOAD_ROUTES: list[ControllerRouterHandler] = [describe, begin, show, append, discard]
