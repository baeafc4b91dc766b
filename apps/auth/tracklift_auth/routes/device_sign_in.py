"""Routes for signing in with a provider from a program that has no browser (RFC 8628)."""

from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.problem_responses import (
    INVALID_REQUEST,
    RATE_LIMITED,
    SMALL_BODY,
    problem_responses,
)
from tracklift_auth.oauth_errors import UNCACHED
from tracklift_auth.routes.tokens import TOKENS, TokenResponse
from tracklift_domain.errors import TooBusyError
from tracklift_domain.user.registration.errors import (
    EmailDomainNotAllowedError,
    InvitationRequiredError,
    RegistrationClosedError,
)
from tracklift_domain.user.session.device_name import device_name
from tracklift_domain.user.session.errors import AccountDisabledError
from tracklift_domain.user.sign_in_provider.begin_device_sign_in import BeginDeviceSignIn
from tracklift_domain.user.sign_in_provider.complete_device_sign_in import CompleteDeviceSignIn
from tracklift_domain.user.sign_in_provider.errors import (
    AddressNotVerifiedError,
    AddressNotVerifiedHereError,
    DeviceCodeExpiredError,
    DeviceSignInPendingError,
    InvalidIdTokenError,
    NoDeviceSignInError,
    ProviderNotFoundError,
    ProviderRefusedError,
    SlowDownError,
)

_TAGS = ["users"]


class DeviceSignInRequest(RequestFields, frozen=True):
    """The name of the provider."""

    provider: str


@dataclass(frozen=True, slots=True)
class DeviceSignInResponse:
    """What the user enters and where, and the code with which the program polls for tokens every `interval` seconds."""

    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str | None
    expires_in: int
    interval: int


class DeviceTokenRequest(RequestFields, frozen=True):
    """The device code."""

    device_code: str


_BEGUN = ResponseSpec(
    DeviceSignInResponse,
    generate_examples=False,
    description="The sign-in has begun.",
    examples=[
        example(
            "A code",
            DeviceSignInResponse(
                "eyJhbGciOiJkaXIiLCJlbmMiOiJBMjU2R0NNIn0..Zk3wN1c0R5b7.c2lnbmF0dXJl.dGFn",
                "WDJB-MJHT",
                "https://login.example.org/device",
                "https://login.example.org/device?user_code=WDJB-MJHT",
                900,
                5,
            ),
        )
    ],
)


@post(
    "/v1/device-sign-ins",
    status_code=200,
    summary="Begin to sign in with a provider in a program",
    description="For programs without a browser (RFC 8628). The user opens `verification_uri` anywhere and enters "
    "`user_code`. Meanwhile the program asks for tokens with `device_code`, which it keeps to itself.",
    operation_id="begin_device_sign_in",
    responses={
        200: _BEGUN,
        **problem_responses(
            INVALID_REQUEST,
            ProviderNotFoundError,
            NoDeviceSignInError,
            *SMALL_BODY,
            RATE_LIMITED,
            TooBusyError,
        ),
    },
    guards=[takes(JSON)],
    rate_limit="device_sign_in",
    tags=_TAGS,
)
async def begin(
    data: JSONBody[DeviceSignInRequest], begin_device_sign_in: Given[BeginDeviceSignIn]
) -> Response[DeviceSignInResponse]:
    """Begin a sign-in."""
    begun = await begin_device_sign_in(data.provider)
    shown = DeviceSignInResponse(
        begun.device_code,
        begun.user_code,
        begun.verification_uri,
        begun.verification_uri_complete,
        int(begun.expires_in.total_seconds()),
        max(int(begun.interval.total_seconds()), 1),
    )
    return Response(shown, headers=UNCACHED)


@post(
    "/v1/device-sign-ins/token",
    status_code=200,
    summary="Get tokens for a sign-in in a program",
    description="Until the user has signed in, the answer is 400 `authorization_pending`: ask again after the "
    "interval. After `slow_down` the interval is five seconds longer.",
    operation_id="complete_device_sign_in",
    responses={
        200: TOKENS,
        **problem_responses(
            INVALID_REQUEST,
            DeviceSignInPendingError,
            SlowDownError,
            DeviceCodeExpiredError,
            ProviderNotFoundError,
            ProviderRefusedError,
            InvalidIdTokenError,
            AddressNotVerifiedError,
            AddressNotVerifiedHereError,
            RegistrationClosedError,
            InvitationRequiredError,
            EmailDomainNotAllowedError,
            AccountDisabledError,
            *SMALL_BODY,
            RATE_LIMITED,
        ),
    },
    guards=[takes(JSON)],
    rate_limit="device_poll",
    tags=_TAGS,
)
async def complete(
    request: Request[Any, Any, Any],
    data: JSONBody[DeviceTokenRequest],
    complete_device_sign_in: Given[CompleteDeviceSignIn],
) -> Response[TokenResponse]:
    """Complete a sign-in."""
    device = device_name(request.headers.get("User-Agent", ""))
    tokens = TokenResponse.of(await complete_device_sign_in(data.device_code, device))
    return Response(tokens, headers=UNCACHED)


DEVICE_SIGN_IN_ROUTES: list[ControllerRouterHandler] = [begin, complete]
