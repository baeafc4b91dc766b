"""Routes of tokens: the token endpoint (RFC 6749), revocation (RFC 7009) and the published keys (RFC 7517)."""

from dataclasses import dataclass
from typing import Annotated, Any

from litestar import Response, get, post
from litestar.enums import RequestEncodingType
from litestar.openapi.spec import Example
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.problems import Problem
from tracklift_adapters.http.providing import Given
from tracklift_domain.errors import DomainError
from tracklift_domain.user.end_session import EndSession
from tracklift_domain.user.errors import InvalidGrantError, WrongCredentialsError
from tracklift_domain.user.log_in import LogIn
from tracklift_domain.user.ports import AccessTokenIssuer
from tracklift_domain.user.refresh_session import RefreshSession
from tracklift_domain.user.user import TokenPair

_TAGS = ["users"]
# RFC 6749, section 5.1.
_UNCACHED = {"Cache-Control": "no-store"}


@dataclass(frozen=True, slots=True)
class TokenRequest:
    """The form of the token endpoint: a password grant, or a refresh token."""

    grant_type: str | None = None
    username: str | None = None
    password: str | None = None
    refresh_token: str | None = None


@dataclass(frozen=True, slots=True)
class TokenRecord:
    """Tokens as RFC 6749, section 5.1 shows them; `expires_in` in seconds."""

    access_token: str
    token_type: str
    expires_in: int
    refresh_token: str


@dataclass(frozen=True, slots=True)
class RevocationRequest:
    """The form of the revocation endpoint (RFC 7009, section 2.1)."""

    token: str | None = None
    token_type_hint: str | None = None


_TOKEN_EXAMPLES = [
    Example(
        summary="Log in",
        value={"grant_type": "password", "username": "ada@example.org", "password": "correct horse battery"},
    ),
    Example(summary="Refresh", value={"grant_type": "refresh_token", "refresh_token": "6a1f….Zk3w…"}),
]


@post("/v1/token", status_code=200, summary="Get tokens", operation_id="get_token", tags=_TAGS)
async def give(
    data: Annotated[TokenRequest, Body(media_type=RequestEncodingType.URL_ENCODED, examples=_TOKEN_EXAMPLES)],
    log_in: Given[LogIn],
    refresh_session: Given[RefreshSession],
) -> Response[TokenRecord]:
    """Log in with a password, or get new tokens for a refresh token."""
    try:
        pair = await _grant(data, log_in, refresh_session)
    except (WrongCredentialsError, InvalidGrantError) as error:
        raise _refused("invalid_grant", error) from error
    record = TokenRecord(pair.access.value, "Bearer", pair.access.expires_in, pair.refresh)
    return Response(record, headers=_UNCACHED)


async def _grant(data: TokenRequest, log_in: LogIn, refresh_session: RefreshSession) -> TokenPair:
    match data.grant_type:
        case "password" if data.username is not None and data.password is not None:
            return await log_in(data.username, data.password)
        case "password":
            raise _oauth_problem("invalid_request", "grant_type=password needs username and password.")
        case "refresh_token" if data.refresh_token is not None:
            return await refresh_session(data.refresh_token)
        case "refresh_token":
            raise _oauth_problem("invalid_request", "grant_type=refresh_token needs refresh_token.")
        case None:
            raise _oauth_problem("invalid_request", "The form needs grant_type.")
    raise _oauth_problem("unsupported_grant_type", "grant_type is password or refresh_token.")


@post("/v1/revoke", status_code=200, summary="Log out", operation_id="revoke_token", tags=_TAGS)
async def revoke(
    data: Annotated[RevocationRequest, Body(media_type=RequestEncodingType.URL_ENCODED)],
    end_session: Given[EndSession],
) -> Response[None]:
    """Revoke a refresh token. A token that is not known is no error."""
    if data.token is None:
        raise _oauth_problem("invalid_request", "The form needs token.")
    await end_session(data.token)
    return Response(None, headers=_UNCACHED)


@get(
    "/.well-known/jwks.json",
    summary="The keys that sign tokens",
    operation_id="get_keys",
    tags=_TAGS,
    sync_to_thread=False,
)
def keys(issuer: Given[AccessTokenIssuer]) -> Response[dict[str, Any]]:
    """Publish the public keys as a JSON Web Key Set."""
    return Response(dict(issuer.published_keys()), headers={"Cache-Control": "public, max-age=300"})


def _refused(error_code: str, error: DomainError) -> Problem:
    # The members of RFC 6749, section 5.2 beside those of RFC 9457, so that clients of both can read it.
    extra = {"error": error_code, "error_description": str(error)}
    return Problem(400, error.code, str(error), headers=_UNCACHED, extra=extra)


def _oauth_problem(error_code: str, detail: str) -> Problem:
    extra = {"error": error_code, "error_description": detail}
    return Problem(400, error_code, detail, headers=_UNCACHED, extra=extra)


TOKEN_ROUTES: list[ControllerRouterHandler] = [give, revoke, keys]
