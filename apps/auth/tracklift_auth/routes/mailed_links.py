"""Routes for mailed links: request one, and redeem the token that it contains."""

from typing import Annotated

from litestar import MediaType, Response, post
from litestar.background_tasks import BackgroundTask
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_adapters.http.callers.guess_limits import RESET_ACCOUNT, GuessedIn, account_name
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import (
    CALLER,
    INVALID_REQUEST,
    RATE_LIMITED,
    SMALL_BODY,
    problem_responses,
)
from tracklift_domain.errors import DomainError, TooBusyError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.account.change_email import ConfirmEmailChange, RequestEmailChange
from tracklift_domain.user.errors import EmailTakenError, InvalidEmailAddressError, UserNotFoundError
from tracklift_domain.user.mailed_link.errors import (
    InvalidMailedTokenError,
    MailedTokenExpiredError,
    MailedTokenUsedError,
)
from tracklift_domain.user.mailed_link.request_email_verification import RequestEmailVerification
from tracklift_domain.user.mailed_link.request_password_reset import RequestPasswordReset
from tracklift_domain.user.mailed_link.reset_password import ResetPassword
from tracklift_domain.user.mailed_link.verify_email import VerifyEmail
from tracklift_domain.user.password.errors import TooManyLogInsError, WeakPasswordError, WrongPasswordError
from tracklift_domain.user.registration.accept_invitation import AcceptInvitation

_TAGS = ["users"]
_TOKEN = "Zk3wN1c0R5b7d9xq2VtYp8sLh4uKf6gJm1oCeAiBwXE"  # noqa: S105  # an example
_BAD_TOKEN: tuple[type[DomainError], ...] = (
    InvalidMailedTokenError,
    MailedTokenExpiredError,
    MailedTokenUsedError,
)
"""The errors with which a token is refused."""


class ResetRequest(RequestFields, frozen=True):
    """The address to mail a link to."""

    email: str


class Verification(RequestFields, frozen=True):
    """The token of a mailed link."""

    token: str


class Reset(RequestFields, frozen=True):
    """The token of a mailed link, and the new password."""

    token: str
    password: str


class EmailChange(RequestFields, frozen=True, kw_only=True):
    """The new address of the account, and the current password."""

    email: str
    password: str = ""


_EMAIL_CHANGES = [
    example("Ada", EmailChange(email="ada.lovelace@example.org", password="correct horse battery"))  # noqa: S106
]
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
    """Mail the caller a link."""
    await request_email_verification(caller)
    # With JSON, the empty body would be serialized as null.
    return Response(None, media_type=MediaType.TEXT)


@post(
    "/v1/email-verifications/confirm",
    status_code=204,
    summary="Verify the address",
    operation_id="verify_email",
    response_description="The address is verified.",
    responses=problem_responses(INVALID_REQUEST, *_BAD_TOKEN, *SMALL_BODY, RATE_LIMITED),
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
    """Mail a link to the address after the response is sent, so that the response time reveals nothing."""
    rest = await request_password_reset(data.email)
    return Response(None, media_type=MediaType.TEXT, background=BackgroundTask(rest))


@post(
    "/v1/password-resets/confirm",
    status_code=204,
    summary="Reset the password",
    description="Ends all sessions of the user, and uses up all other links that reset the password.",
    operation_id="reset_password",
    responses={
        204: ResponseSpec(None, description="The password is the new one."),
        **problem_responses(
            INVALID_REQUEST, WeakPasswordError, *_BAD_TOKEN, *SMALL_BODY, RATE_LIMITED, TooBusyError
        ),
    },
    guards=[takes(JSON)],
    rate_limit="mailed_token",
    guessed_in=GuessedIn.MAIL,
    tags=_TAGS,
)
async def confirm_reset(
    data: Annotated[Reset, Body(examples=_RESETS)], reset_password: Given[ResetPassword]
) -> Response[None]:
    """Set the password of the user whom the token was mailed to."""
    address = await reset_password(data.token, data.password)
    return Response(None, headers={RESET_ACCOUNT: account_name(address)})


@post(
    "/v1/invitations/accept",
    status_code=204,
    summary="Accept an invitation",
    description="Gives the account that an admin has made its password, and verifies its address.",
    operation_id="accept_invitation",
    response_description="The account can be used.",
    responses=problem_responses(
        INVALID_REQUEST, WeakPasswordError, *_BAD_TOKEN, *SMALL_BODY, RATE_LIMITED, TooBusyError
    ),
    guards=[takes(JSON)],
    rate_limit="mailed_token",
    tags=_TAGS,
)
async def accept(
    data: Annotated[Reset, Body(examples=_RESETS)], accept_invitation: Given[AcceptInvitation]
) -> None:
    """Activate the account of the user whom the token was mailed to."""
    await accept_invitation(data.token, data.password)


@post(
    "/v1/me/email",
    status_code=202,
    summary="Get the mail that changes the address",
    description="A link is mailed to the new address, which becomes that of the account once the link is used. The "
    "present address is told then. The password is left empty by who signs in with a provider only.",
    operation_id="request_email_change",
    responses={
        **_ACCEPTED,
        **problem_responses(
            *CALLER,
            INVALID_REQUEST,
            InvalidEmailAddressError,
            WrongPasswordError,
            EmailTakenError,
            UserNotFoundError,
            TooManyLogInsError,
            *SMALL_BODY,
            RATE_LIMITED,
        ),
    },
    guards=[takes(JSON)],
    security=CALLER_SECURITY,
    rate_limit="mail",
    guessed_in=GuessedIn.SESSION,
    tags=_TAGS,
)
async def request_change(
    data: Annotated[EmailChange, Body(examples=_EMAIL_CHANGES)],
    caller: Given[Caller],
    request_email_change: Given[RequestEmailChange],
) -> Response[None]:
    """Mail a link to the new address."""
    await request_email_change(caller, data.email, data.password)
    return Response(None, media_type=MediaType.TEXT)


@post(
    "/v1/email-changes/confirm",
    status_code=204,
    summary="Change the address",
    operation_id="confirm_email_change",
    response_description="The account has the new address.",
    responses=problem_responses(INVALID_REQUEST, *_BAD_TOKEN, EmailTakenError, *SMALL_BODY, RATE_LIMITED),
    guards=[takes(JSON)],
    rate_limit="mailed_token",
    tags=_TAGS,
)
async def confirm_change(
    data: Annotated[Verification, Body(examples=_VERIFICATIONS)],
    confirm_email_change: Given[ConfirmEmailChange],
) -> None:
    """Change the account's address to the one that the token was mailed to."""
    await confirm_email_change(data.token)


MAILED_LINK_ROUTES: list[ControllerRouterHandler] = [
    request_verification,
    confirm_verification,
    request_reset,
    confirm_reset,
    accept,
    request_change,
    confirm_change,
]
