"""Routes for conversions: upload, list, show, cancel, retry, delete."""

from typing import Annotated, Any

from litestar import Request, Response, delete, get, post
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import FromPath, QueryParameter
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.cursors import INVALID_CURSOR
from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import CALLER, INVALID_REQUEST, problem_responses
from tracklift_adapters.http.problems.problems import invalid_request
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ConversionNotFoundError,
    InvalidTransitionError,
    NotRetryableError,
)
from tracklift_domain.conversion.library.cancel_conversion import CancelConversion
from tracklift_domain.conversion.library.get_conversion import GetConversion
from tracklift_domain.conversion.library.list_conversions import ListConversions
from tracklift_domain.conversion.library.retry_conversion import RetryConversion
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.removal.delete_conversion import DeleteConversion
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaTooLargeError, OutOfSpaceError
from tracklift_domain.upload.errors import (
    EmptyUploadError,
    IdempotencyKeyReusedError,
    IncompleteUploadError,
    QuotaExceededError,
    TooManyConversionsError,
    UploadInProgressError,
)
from tracklift_domain.upload.submit_conversion import SubmitConversion
from tracklift_domain.upload.upload_quotas import UploadQuotas
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import UnverifiedAddressError
from tracklift_domain.user.access.require_verified_address import RequireVerifiedAddress
from tracklift_domain.user.access.scope import Scope
from tracklift_gateway.cursors import read_cursor, write_cursor
from tracklift_gateway.openapi import CONVERSION_EXAMPLES, LIST_EXAMPLES, UploadOperation
from tracklift_gateway.responses import ConversionListResponse, ConversionResponse
from tracklift_gateway.upload_rate import UploadRate
from tracklift_gateway.uploads import read_idempotency_key, read_upload

_TAGS = ["conversions"]
_CONVERSION = ResponseSpec(
    ConversionResponse, generate_examples=False, examples=CONVERSION_EXAMPLES, description="The conversion."
)

_PAGE = ResponseSpec(
    ConversionListResponse, generate_examples=False, examples=LIST_EXAMPLES, description="A page of the list."
)
_UPLOAD_PROBLEMS = problem_responses(
    *CALLER,
    UnverifiedAddressError,
    InvalidOptionError,
    EmptyUploadError,
    IncompleteUploadError,
    (400, "malformed_form"),
    (400, "missing_file"),
    (400, "invalid_idempotency_key"),
    UploadInProgressError,
    InvalidTransitionError,
    MediaTooLargeError,
    (415, "unsupported_media_type"),
    IdempotencyKeyReusedError,
    TooManyConversionsError,
    QuotaExceededError,
    (429, "too_many_uploads"),
    OutOfSpaceError,
)


@post(
    "/v1/conversions",
    status_code=202,
    summary="Upload a video",
    description="Takes in a video and queues its conversion. `Idempotency-Key` makes it safe to send again.",
    operation_id="submit_conversion",
    operation_class=UploadOperation,
    responses={202: _CONVERSION, **_UPLOAD_PROBLEMS},
    response_headers=[
        ResponseHeader("Location", description="Where the conversion is.", documentation_only=True)
    ],
    # The use case enforces the limit, since it counts the received bytes.
    request_max_body_size=None,
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=_TAGS,
)
async def submit(
    request: Request[Any, Any, Any],
    caller: Given[Caller],
    require_verified_address: Given[RequireVerifiedAddress],
    submit_conversion: Given[SubmitConversion],
    upload_rate: Given[UploadRate],
    upload_quotas: Given[UploadQuotas],
    retention: Given[RetentionPolicy],
) -> Response[ConversionResponse]:
    """Accept a video."""
    await require_verified_address(caller)
    upload_rate.take(caller)
    if read_idempotency_key(request) is None:
        # Before any of the body is read, so that a client that waits for the response need not send it.
        limits = await upload_quotas.require_room(caller.user_id)
    else:
        # It may be an upload that was already accepted, which needs no more space.
        limits = await upload_quotas.limits_of(caller.user_id)
    upload = await read_upload(request, largest_video=limits.largest_video, idle=retention.idle_upload)
    conversion = await submit_conversion(caller, upload)
    location = f"/v1/conversions/{conversion.id}"
    return Response(ConversionResponse.of(conversion), status_code=202, headers={"Location": location})


@get(
    "/v1/conversions",
    summary="List conversions",
    description="A page of conversions, newest first. `audio.chapters` is `null` in it: show one conversion for them.",
    operation_id="list_conversions",
    responses={200: _PAGE, **problem_responses(*CALLER, INVALID_REQUEST, INVALID_CURSOR)},
    security=CALLER_SECURITY,
    scope=Scope.READ,
    tags=_TAGS,
)
async def list_all(
    caller: Given[Caller],
    list_conversions: Given[ListConversions],
    feed: Given[UpdateFeed],
    wanted: Annotated[
        str | None,
        QueryParameter(name="state", enum=list(ConversionState), description="Only those in this state."),
    ] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100, description="How many at the most.")] = 20,
    cursor: Annotated[
        str | None, QueryParameter(max_length=200, description="`next_cursor` of the page before.")
    ] = None,
) -> ConversionListResponse:
    """List the caller's conversions."""
    page = await list_conversions(
        caller,
        limit=limit,
        state=_read_state(wanted) if wanted else None,
        after=read_cursor(cursor) if cursor else None,
    )
    return ConversionListResponse(
        items=[ConversionResponse.in_list(each, feed.latest_progress(each.id)) for each in page.conversions],
        next_cursor=write_cursor(page.following) if page.following else None,
    )


@get(
    "/v1/conversions/{conversion_id:str}",
    summary="Show a conversion",
    operation_id="get_conversion",
    responses={200: _CONVERSION, **problem_responses(*CALLER, ConversionNotFoundError)},
    security=CALLER_SECURITY,
    scope=Scope.READ,
    tags=_TAGS,
)
async def show(
    caller: Given[Caller],
    get_conversion: Given[GetConversion],
    feed: Given[UpdateFeed],
    conversion_id: FromPath[str],
) -> ConversionResponse:
    """Show a conversion."""
    conversion = await get_conversion(caller, ConversionId(conversion_id))
    return ConversionResponse.of(conversion, feed.latest_progress(conversion.id))


@post(
    "/v1/conversions/{conversion_id:str}/cancel",
    status_code=202,
    summary="Cancel a conversion",
    operation_id="cancel_conversion",
    responses={
        202: _CONVERSION,
        **problem_responses(*CALLER, ConversionNotFoundError, InvalidTransitionError),
    },
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=_TAGS,
)
async def cancel(
    caller: Given[Caller], cancel_conversion: Given[CancelConversion], conversion_id: FromPath[str]
) -> ConversionResponse:
    """Stop a conversion that has not ended."""
    return ConversionResponse.of(await cancel_conversion(caller, ConversionId(conversion_id)))


@post(
    "/v1/conversions/{conversion_id:str}/retry",
    status_code=202,
    summary="Retry a failed conversion",
    operation_id="retry_conversion",
    responses={
        202: _CONVERSION,
        **problem_responses(*CALLER, ConversionNotFoundError, InvalidTransitionError, NotRetryableError),
    },
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=_TAGS,
)
async def retry(
    caller: Given[Caller], retry_conversion: Given[RetryConversion], conversion_id: FromPath[str]
) -> ConversionResponse:
    """Requeue a conversion that failed for a passing reason."""
    return ConversionResponse.of(await retry_conversion(caller, ConversionId(conversion_id)))


@delete(
    "/v1/conversions/{conversion_id:str}",
    summary="Delete a conversion",
    operation_id="delete_conversion",
    response_description="It is gone.",
    responses=problem_responses(*CALLER, ConversionNotFoundError),
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=_TAGS,
)
async def remove(
    caller: Given[Caller], delete_conversion: Given[DeleteConversion], conversion_id: FromPath[str]
) -> None:
    """Delete a conversion with its video and its MP3."""
    await delete_conversion(caller, ConversionId(conversion_id))


def _read_state(text: str) -> ConversionState:
    try:
        return ConversionState(text)
    except ValueError as error:
        raise invalid_request("state", f"is one of {', '.join(ConversionState)}.") from error


CONVERSION_ROUTES: list[ControllerRouterHandler] = [submit, list_all, show, cancel, retry, remove]
