"""The route that renames a conversion."""

from typing import Annotated

from litestar import patch
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body, FromPath
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import (
    CALLER,
    INVALID_REQUEST,
    SMALL_BODY,
    problem_responses,
)
from tracklift_domain.conversion.errors import (
    ConversionNotFoundError,
    InvalidNameError,
    InvalidTransitionError,
)
from tracklift_domain.conversion.library.rename_conversion import RenameConversion
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope
from tracklift_gateway.openapi import CONVERSION_EXAMPLES
from tracklift_gateway.responses import ConversionResponse


class RenameRequest(RequestFields, frozen=True):
    """The new name of a conversion."""

    name: str


@patch(
    "/v1/conversions/{conversion_id:str}",
    summary="Rename a conversion",
    description="`source.name` and `audio.name` change, and the name under which the MP3 is downloaded. The endings "
    "stay: `name` is without, or with either of them. It has up to 200 bytes of UTF-8 with the ending, and no control "
    "characters and no `/` or `\\`. Of two renames at once the later one counts.",
    operation_id="rename_conversion",
    responses={
        200: ResponseSpec(
            ConversionResponse,
            generate_examples=False,
            examples=CONVERSION_EXAMPLES,
            description="The conversion.",
        ),
        **problem_responses(
            *CALLER,
            INVALID_REQUEST,
            InvalidNameError,
            ConversionNotFoundError,
            InvalidTransitionError,
            *SMALL_BODY,
        ),
    },
    guards=[takes(JSON)],
    security=CALLER_SECURITY,
    scope=Scope.CONVERT,
    tags=["conversions"],
)
async def rename(
    data: Annotated[RenameRequest, Body(examples=[example("A talk", RenameRequest("Ada on engines"))])],
    caller: Given[Caller],
    rename_conversion: Given[RenameConversion],
    conversion_id: FromPath[str],
) -> ConversionResponse:
    """Rename a conversion."""
    return ConversionResponse.of(await rename_conversion(caller, ConversionId(conversion_id), data.name))


NAME_ROUTES: list[ControllerRouterHandler] = [rename]
