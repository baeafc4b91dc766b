"""Routes of links in mails for programs: ask for one, and show the token out of it."""

from dataclasses import dataclass
from typing import Annotated

from litestar import MediaType, Response, post
from litestar.background_tasks import BackgroundTask
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.examples import example
from tracklift_adapters.http.media_types import JSON, takes
from tracklift_adapters.http.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.problem_responses import (
    CALLER,
    INVALID_REQUEST,
    RATE_LIMITED,
    SMALL_BODY,
    problem_responses,
)
from tracklift_adapters.http.providing import Given
from tracklift_domain.errors import DomainError, TooBusyError
from tracklift_domain.user.errors import (
    InvalidEmailAddressError,
    InvalidMailedTokenError,
    MailedTokenExpiredError,
    MailedTokenUsedError,
    UserNotFoundError,
    WeakPasswordError,
)
from tracklift_domain.user.request_email_verification import RequestEmailVerification
from tracklift_domain.user.request_password_reset import RequestPasswordReset
from tracklift_domain.user.reset_password import ResetPassword
from tracklift_domain.user.user import Caller
from tracklift_domain.user.verify_email import VerifyEmail

_TAGS = ["users"]
_TOKEN = "Zk3wN1c0R5b7d9xq2VtYp8sLh4uKf6gJm1oCeAiBwXE"  # noqa: S105  # an example
BAD_TOKEN: tuple[type[DomainError], ...] = (
    InvalidMailedTokenError,
    MailedTokenExpiredError,
    MailedTokenUsedError,
)
"""What a token is refused with."""


@dataclass(frozen=True, slots=True)
class ResetRequest:
    """What asking for a link takes."""

    email: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What verifying an address takes."""

    token: str


@dataclass(frozen=True, slots=True)
class Reset:
    """What setting a password anew takes."""

    token: str
    password: str


_RESET_REQUESTS = [example("Ada", ResetRequest("ada@example.org"))]
_VERIFICATIONS = [example("The token out of the mail", Verification(_TOKEN))]
_RESETS = [example("The token out of the mail", Reset(_TOKEN, "correct horse battery"))]
_ACCEPTED = {202: ResponseSpec(None, description="The mail is on its way if there is one to send.")}


@post(
    "/v1/email-verifications",
    status_code=202,
    summary="Get the mail that verifies the address",
    description="Signing up sends one too. None is sent if the address is verified, or was mailed enough of them.",
    operation_id="request_email_verification",
    responses={
        **_ACCEPTED,
        **problem_responses(*CALLER, UserNotFoundError, RATE_LIMITED),
    },
    security=CALLER_SECURITY,
    rate_limit="mail",
    tags=_TAGS,
)
async def request_verification(
    caller: Given[Caller], request_email_verification: Given[RequestEmailVerification]
) -> Response[None]:
    """Have the caller mailed a link."""
    await request_email_verification(caller)
    # As JSON, nothing would be written out as null.
    return Response(None, media_type=MediaType.TEXT)


@post(
    "/v1/email-verifications/confirm",
    status_code=204,
    summary="Verify the address",
    operation_id="verify_email",
    response_description="The address is verified.",
    responses=problem_responses(INVALID_REQUEST, *BAD_TOKEN, *SMALL_BODY, RATE_LIMITED),
    guards=[takes(JSON)],
    rate_limit="mailed_token",
    tags=_TAGS,
)
async def confirm_verification(
    data: Annotated[Verification, Body(examples=_VERIFICATIONS)], verify_email: Given[VerifyEmail]
) -> None:
    """Verify the address that the token was mailed to."""
    await verify_email(data.token)


@post(
    "/v1/password-resets",
    status_code=202,
    summary="Get the mail that resets the password",
    description="The answer is the same whether the address has an account or not.",
    operation_id="request_password_reset",
    responses={
        **_ACCEPTED,
        **problem_responses(INVALID_REQUEST, InvalidEmailAddressError, *SMALL_BODY, RATE_LIMITED),
    },
    guards=[takes(JSON)],
    rate_limit="mail",
    tags=_TAGS,
)
async def request_reset(
    data: Annotated[ResetRequest, Body(examples=_RESET_REQUESTS)],
    request_password_reset: Given[RequestPasswordReset],
) -> Response[None]:
    """Have a link mailed to the address after the answer is sent, so that the answer's time tells nothing."""
    rest = await request_password_reset(data.email)
    return Response(None, media_type=MediaType.TEXT, background=BackgroundTask(rest))


@post(
    "/v1/password-resets/confirm",
    status_code=204,
    summary="Reset the password",
    description="Ends all sessions of the user, and uses up all other links that reset the password.",
    operation_id="reset_password",
    response_description="The password is the new one.",
    responses=problem_responses(
        INVALID_REQUEST, WeakPasswordError, *BAD_TOKEN, *SMALL_BODY, RATE_LIMITED, TooBusyError
    ),
    guards=[takes(JSON)],
    rate_limit="mailed_token",
    tags=_TAGS,
)
async def confirm_reset(
    data: Annotated[Reset, Body(examples=_RESETS)], reset_password: Given[ResetPassword]
) -> None:
    """Set the password of the user whom the token was mailed to."""
    await reset_password(data.token, data.password)


MAILED_LINK_ROUTES: list[ControllerRouterHandler] = [
    request_verification,
    confirm_verification,
    request_reset,
    confirm_reset,
]
