"""Routes for signing in with a provider: list the providers and, for the gateway, begin and complete a sign-in.

The gateway handles the cookies; see its own routes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import JSONBody
from litestar.types import ControllerRouterHandler

from tracklift_adapters.auth_service.sign_in_messages import (
    BEGIN_PATH,
    COMPLETE_PATH,
    write_begun,
    write_tokens,
)
from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.openapi.examples import example
from tracklift_auth.oauth_errors import UNCACHED
from tracklift_domain.user.session.device_name import device_name
from tracklift_domain.user.sign_in_provider.begin_provider_sign_in import BeginProviderSignIn
from tracklift_domain.user.sign_in_provider.ports import IdentityProvider
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer
from tracklift_domain.user.sign_in_provider.sign_in_with_provider import SignInWithProvider


@dataclass(frozen=True, slots=True)
class ProviderResponse:
    """A provider. Opening `url` in a browser starts the sign-in, which ends with the cookies of a session."""

    name: str
    url: str


@dataclass(frozen=True, slots=True)
class ProviderListResponse:
    """All providers, in the order of the settings."""

    items: list[ProviderResponse]


@dataclass(frozen=True, slots=True)
class BeginRequest:
    """The name of the provider."""

    provider: str


@dataclass(frozen=True, slots=True)
class CompleteRequest:
    """The name of the provider, the secret that the browser kept, and the parameters of the provider's redirect."""

    provider: str
    secret: str
    state: str
    code: str
    error: str
    issuer: str


_LIST = ResponseSpec(
    ProviderListResponse,
    generate_examples=False,
    description="The providers.",
    examples=[
        example("One provider", ProviderListResponse([ProviderResponse("company", "/v1/sign-in/company")]))
    ],
)


@get(
    "/v1/sign-in",
    summary="List sign-in providers",
    description="With these, users sign in besides with a password. There may be none.",
    operation_id="list_sign_in_providers",
    responses={200: _LIST},
    tags=["users"],
    sync_to_thread=False,
)
def show_all(identity_providers: Given[Mapping[str, IdentityProvider]]) -> ProviderListResponse:
    """List the providers."""
    return ProviderListResponse(
        [ProviderResponse(name, f"/v1/sign-in/{name}") for name in identity_providers]
    )


@post(BEGIN_PATH, status_code=200, include_in_schema=False, guards=[takes(JSON)])
async def begin(
    data: JSONBody[BeginRequest], begin_provider_sign_in: Given[BeginProviderSignIn]
) -> Response[dict[str, Any]]:
    """Begin a sign-in."""
    return Response(write_begun(await begin_provider_sign_in(data.provider)), headers=UNCACHED)


@post(COMPLETE_PATH, status_code=200, include_in_schema=False, guards=[takes(JSON)])
async def complete(
    request: Request[Any, Any, Any],
    data: JSONBody[CompleteRequest],
    sign_in_with_provider: Given[SignInWithProvider],
) -> Response[dict[str, Any]]:
    """Complete a sign-in."""
    answer = ProviderAnswer(state=data.state, code=data.code, error=data.error, issuer=data.issuer)
    device = device_name(request.headers.get("User-Agent", ""))
    tokens = await sign_in_with_provider(data.provider, data.secret, answer, device)
    return Response(write_tokens(tokens), headers=UNCACHED)


PROVIDER_LIST_ROUTES: list[ControllerRouterHandler] = [show_all]
INTERNAL_SIGN_IN_ROUTES: list[ControllerRouterHandler] = [begin, complete]
