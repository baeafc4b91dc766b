"""Routes for the second factor of a logged-in user."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_adapters.http.callers.guess_limits import GuessedIn
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import (
    CALLER,
    INVALID_REQUEST,
    RATE_LIMITED,
    SMALL_BODY,
    problem_responses,
)
from tracklift_auth.oauth_errors import UNCACHED
from tracklift_domain.errors import TooBusyError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.password.errors import TooManyLogInsError, WrongPasswordError
from tracklift_domain.user.second_factor.begin_second_factor import BeginSecondFactor
from tracklift_domain.user.second_factor.confirm_second_factor import ConfirmSecondFactor
from tracklift_domain.user.second_factor.errors import (
    SecondFactorExistsError,
    SecondFactorNotFoundError,
    SecondFactorRequiredError,
    TooManyWrongCodesError,
    WrongSecondFactorError,
)
from tracklift_domain.user.second_factor.get_second_factor import GetSecondFactor
from tracklift_domain.user.second_factor.remove_second_factor import RemoveSecondFactor
from tracklift_domain.user.second_factor.second_factor import SecondFactor

_TAGS = ["users"]
_PATH = "/v1/me/second-factor"
_PASSWORD_PROBLEMS = (WrongPasswordError, UserNotFoundError, TooManyLogInsError, TooBusyError)
_BODY_PROBLEMS = (INVALID_REQUEST, *SMALL_BODY, RATE_LIMITED)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactorResponse:
    """Whether there is a second factor, since when, and how many recovery codes are left."""

    enabled: bool
    confirmed_at: datetime | None
    recovery_codes_left: int

    @classmethod
    def of(cls, factor: SecondFactor | None) -> "SecondFactorResponse":
        """Show a second factor; `None`: there is none."""
        if factor is None:
            return cls(enabled=False, confirmed_at=None, recovery_codes_left=0)
        return cls(
            enabled=factor.is_active,
            confirmed_at=factor.confirmed_at,
            recovery_codes_left=len(factor.recovery_hashes),
        )


class NewSecondFactorRequest(RequestFields, frozen=True, kw_only=True):
    """The password, which is required to set up a second factor."""

    password: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSecondFactorResponse:
    """The secret for an app: in base 32, and as an `otpauth` URI, which apps read from a QR code."""

    secret: str
    address: str


class SecondFactorCodeRequest(RequestFields, frozen=True, kw_only=True):
    """The code that the app shows."""

    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoveryCodesResponse:
    """Single-use codes that replace the app's codes. They are shown only here."""

    recovery_codes: list[str]


class SecondFactorRemovalRequest(RequestFields, frozen=True, kw_only=True):
    """The password and a code, which are required to remove a second factor; `code` may be a recovery code."""

    password: str
    code: str


_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105  # an example
_PASSWORD = "correct horse battery"  # noqa: S105  # an example
_SHOWN = ResponseSpec(
    SecondFactorResponse,
    generate_examples=False,
    description="The second factor.",
    examples=[
        example(
            "Set up",
            SecondFactorResponse(
                enabled=True, confirmed_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC), recovery_codes_left=10
            ),
        )
    ],
)
_BEGUN = ResponseSpec(
    NewSecondFactorResponse,
    generate_examples=False,
    description="What the app takes.",
    examples=[
        example(
            "A secret",
            NewSecondFactorResponse(
                secret=_SECRET,
                address=f"otpauth://totp/Tracklift:ada%40example.org?secret={_SECRET}&issuer=Tracklift",
            ),
        )
    ],
)
_CONFIRMED = ResponseSpec(
    RecoveryCodesResponse,
    generate_examples=False,
    description="The recovery codes.",
    examples=[example("One of them", RecoveryCodesResponse(recovery_codes=["MZXW-6YTB-OI2G-C3TM"]))],
)


@get(
    _PATH,
    summary="Show the second factor",
    operation_id="get_second_factor",
    responses={200: _SHOWN, **problem_responses(*CALLER)},
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def show(caller: Given[Caller], get_second_factor: Given[GetSecondFactor]) -> SecondFactorResponse:
    """Show the caller's second factor."""
    return SecondFactorResponse.of(await get_second_factor(caller))


@post(
    _PATH,
    status_code=200,
    summary="Set up a second factor",
    description="Gives a secret for an app that shows one-time codes (RFC 6238). Log-ins ask for a code once the first "
    "one was confirmed.",
    operation_id="begin_second_factor",
    responses={
        200: _BEGUN,
        **problem_responses(*CALLER, *_BODY_PROBLEMS, *_PASSWORD_PROBLEMS, SecondFactorExistsError),
    },
    guards=[takes(JSON)],
    rate_limit="token",
    guessed_in=GuessedIn.SESSION,
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def begin(
    data: Annotated[
        NewSecondFactorRequest,
        Body(examples=[example("A password", NewSecondFactorRequest(password=_PASSWORD))]),
    ],
    caller: Given[Caller],
    begin_second_factor: Given[BeginSecondFactor],
) -> Response[NewSecondFactorResponse]:
    """Make a secret."""
    new = await begin_second_factor(caller, data.password)
    return Response(NewSecondFactorResponse(secret=new.secret, address=new.address), headers=UNCACHED)


@post(
    f"{_PATH}/confirm",
    status_code=200,
    summary="Confirm the second factor",
    description="Takes the first code that the app shows, and gives the recovery codes.",
    operation_id="confirm_second_factor",
    responses={
        200: _CONFIRMED,
        **problem_responses(
            *CALLER,
            *_BODY_PROBLEMS,
            WrongSecondFactorError,
            SecondFactorNotFoundError,
            SecondFactorExistsError,
        ),
    },
    guards=[takes(JSON)],
    rate_limit="token",
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def confirm(
    data: Annotated[
        SecondFactorCodeRequest, Body(examples=[example("A code", SecondFactorCodeRequest(code="287082"))])
    ],
    caller: Given[Caller],
    confirm_second_factor: Given[ConfirmSecondFactor],
) -> Response[RecoveryCodesResponse]:
    """Activate the second factor."""
    codes = await confirm_second_factor(caller, data.code)
    return Response(RecoveryCodesResponse(recovery_codes=list(codes)), headers=UNCACHED)


@post(
    f"{_PATH}/remove",
    status_code=204,
    summary="Remove the second factor",
    description="Log-ins take the password alone again. The recovery codes are void.",
    operation_id="remove_second_factor",
    response_description="There is none any more.",
    responses=problem_responses(
        *CALLER,
        *_BODY_PROBLEMS,
        *_PASSWORD_PROBLEMS,
        SecondFactorRequiredError,
        WrongSecondFactorError,
        TooManyWrongCodesError,
    ),
    guards=[takes(JSON)],
    rate_limit="token",
    guessed_in=GuessedIn.SESSION,
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def remove(
    data: Annotated[
        SecondFactorRemovalRequest,
        Body(
            examples=[example("With a code", SecondFactorRemovalRequest(password=_PASSWORD, code="287082"))]
        ),
    ],
    caller: Given[Caller],
    remove_second_factor: Given[RemoveSecondFactor],
) -> None:
    """Remove the second factor."""
    await remove_second_factor(caller, data.password, data.code)


SECOND_FACTOR_ROUTES: list[ControllerRouterHandler] = [show, begin, confirm, remove]
