"""The route that makes another conversion of a video that is already stored."""

from typing import Annotated, Any

from litestar import Request, Response, post
from litestar.datastructures import ResponseHeader
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body, FromPath
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import (
    CALLER,
    INVALID_REQUEST,
    SMALL_BODY,
    problem_responses,
)
from tracklift_domain.conversion.errors import (
    ConversionNotFoundError,
    InvalidTransitionError,
    SourceGoneError,
)
from tracklift_domain.extraction.errors import InvalidOptionError
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.upload.convert_again import AnotherConversion, ConvertAgain
from tracklift_domain.upload.errors import (
    IdempotencyKeyReusedError,
    QuotaExceededError,
    TooManyConversionsError,
    UploadInProgressError,
)
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import UnverifiedAddressError
from tracklift_domain.user.access.require_verified_address import RequireVerifiedAddress
from tracklift_domain.user.access.scope import Scope
from tracklift_gateway.openapi import AGAIN_EXAMPLES, CONVERSION_EXAMPLES, AgainOperation
from tracklift_gateway.option_request import OptionsRequest
from tracklift_gateway.responses import ConversionResponse
from tracklift_gateway.upload_rate import UploadRate
from tracklift_gateway.uploads import read_idempotency_key

_CONVERSION = ResponseSpec(
    ConversionResponse,
    generate_examples=False,
    examples=CONVERSION_EXAMPLES,
    description="The new conversion.",
)


@post(
    "/v1/conversions/{conversion_id:str}/again",
    status_code=202,
    summary="Convert a video again",
    description=(
        "Makes a new conversion, with other options, of the video of this one, without an upload. That is possible "
        "until `source.kept_until`. Options that are not given have their defaults, whatever the old conversion had. "
        "`Idempotency-Key` makes it safe to send again."
    ),
    operation_id="convert_again",
    operation_class=AgainOperation,
    responses={
        202: _CONVERSION,
        **problem_responses(
            *CALLER,
            *SMALL_BODY,
            INVALID_REQUEST,
            UnverifiedAddressError,
            InvalidOptionError,
            (400, "invalid_idempotency_key"),
            ConversionNotFoundError,
            InvalidTransitionError,
            UploadInProgressError,
            SourceGoneError,
            IdempotencyKeyReusedError,
            TooManyConversionsError,
            QuotaExceededError,
            (429, "too_many_uploads"),
        ),
    },
    response_headers=[
        ResponseHeader("Location", description="Where the new conversion is.", documentation_only=True)
    ],
    guards=[takes(JSON)],
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=["conversions"],
)
async def convert_again(
    request: Request[Any, Any, Any],
    caller: Given[Caller],
    require_verified_address: Given[RequireVerifiedAddress],
    convert_again: Given[ConvertAgain],
    upload_rate: Given[UploadRate],
    conversion_id: FromPath[str],
    data: Annotated[OptionsRequest, Body(examples=AGAIN_EXAMPLES)],
) -> Response[ConversionResponse]:
    """Make another conversion of a video."""
    await require_verified_address(caller)
    wanted = AnotherConversion(options=data.options(), idempotency_key=read_idempotency_key(request))
    upload_rate.take(caller)
    conversion = await convert_again(caller, ConversionId(conversion_id), wanted)
    location = f"/v1/conversions/{conversion.id}"
    return Response(ConversionResponse.of(conversion), status_code=202, headers={"Location": location})


MORE_CONVERSIONS_ROUTES: list[ControllerRouterHandler] = [convert_again]
