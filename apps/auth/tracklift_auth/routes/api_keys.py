"""Routes for API keys: create, list, revoke."""

from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import Response, delete, get, post
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
from tracklift_auth.oauth_errors import UNCACHED
from tracklift_domain.identifiers import ApiKeyId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.api_key.api_key import ApiKey
from tracklift_domain.user.api_key.create_api_key import CreateApiKey
from tracklift_domain.user.api_key.errors import ApiKeyNotFoundError, TooManyApiKeysError
from tracklift_domain.user.api_key.list_api_keys import ListApiKeys
from tracklift_domain.user.api_key.revoke_api_key import RevokeApiKey
from tracklift_domain.user.errors import UserNotFoundError

_TAGS = ["users"]


class ApiKeyRequest(RequestFields, frozen=True, kw_only=True):
    """The data of a new key: a name of your choice, its scopes, and when it expires (by default, never).

    `convert` allows uploading, cancelling, retrying and deleting; `read` allows listing, showing, watching
    and downloading.
    """

    name: str
    scopes: list[Scope] = msgspec.field(default_factory=lambda: list(Scope))
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyResponse:
    """A key as the API shows it. `last_used_at` is rounded down to the hour."""

    id: str
    name: str
    scopes: list[Scope]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None

    @classmethod
    def of(cls, key: ApiKey) -> "ApiKeyResponse":
        """Show a key."""
        return cls(
            id=key.id,
            name=key.name,
            scopes=sorted(key.scopes),
            created_at=key.created_at,
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApiKeyResponse(ApiKeyResponse):
    """A new key. `key` is shown only here."""

    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKeyListResponse:
    """All keys of the caller, newest first."""

    items: list[ApiKeyResponse]


_KEY = ApiKeyResponse(
    id="4f1d2c3b5f0c1f0e6d0b4b0c8f6f2a4f",
    name="Recorder in the meeting room",
    scopes=[Scope.CONVERT],
    created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    expires_at=datetime(2027, 3, 1, tzinfo=UTC),
    last_used_at=datetime(2026, 3, 2, 14, tzinfo=UTC),
)
_REQUESTS = [
    example(
        "For a recorder",
        ApiKeyRequest(
            name="Recorder in the meeting room",
            scopes=[Scope.CONVERT],
            expires_at=datetime(2027, 3, 1, tzinfo=UTC),
        ),
    )
]
_NEW_KEY = ResponseSpec(
    NewApiKeyResponse,
    generate_examples=False,
    description="The key. Its text is in `key`, and is not shown again.",
    examples=[
        example(
            "A new key",
            NewApiKeyResponse(
                **asdict(replace(_KEY, last_used_at=None)), key="tl_" + "0123456789" * 4 + "012" + "a1B2c3"
            ),
        )
    ],
)
_KEYS = ResponseSpec(
    ApiKeyListResponse,
    generate_examples=False,
    description="The keys.",
    examples=[example("One key", ApiKeyListResponse(items=[_KEY]))],
)


@post(
    "/v1/api-keys",
    summary="Make an API key",
    description="The key works as a bearer token for conversions, and for nothing that concerns the account.",
    operation_id="create_api_key",
    responses={
        201: _NEW_KEY,
        **problem_responses(*CALLER, INVALID_REQUEST, UserNotFoundError, TooManyApiKeysError, *SMALL_BODY),
    },
    guards=[takes(JSON)],
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def create(
    data: Annotated[ApiKeyRequest, Body(examples=_REQUESTS)],
    caller: Given[Caller],
    create_api_key: Given[CreateApiKey],
) -> Response[NewApiKeyResponse]:
    """Make a key."""
    made = await create_api_key(caller, name=data.name, scopes=data.scopes, expires_at=data.expires_at)
    shown = NewApiKeyResponse(**asdict(ApiKeyResponse.of(made.key)), key=made.text)
    return Response(shown, headers=UNCACHED)


@get(
    "/v1/api-keys",
    summary="List API keys",
    operation_id="list_api_keys",
    responses={200: _KEYS, **problem_responses(*CALLER)},
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def show_all(caller: Given[Caller], list_api_keys: Given[ListApiKeys]) -> ApiKeyListResponse:
    """List the caller's keys, newest first; expired ones are listed for 30 days."""
    return ApiKeyListResponse(items=[ApiKeyResponse.of(key) for key in await list_api_keys(caller)])


@delete(
    "/v1/api-keys/{key_id:str}",
    summary="Revoke an API key",
    description="Requests with the key are refused within a minute.",
    operation_id="revoke_api_key",
    response_description="The key is revoked.",
    responses=problem_responses(*CALLER, ApiKeyNotFoundError),
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def revoke(caller: Given[Caller], revoke_api_key: Given[RevokeApiKey], key_id: FromPath[str]) -> None:
    """Revoke a key."""
    await revoke_api_key(caller, ApiKeyId(key_id))


API_KEY_ROUTES: list[ControllerRouterHandler] = [create, show_all, revoke]
