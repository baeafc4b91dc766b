"""The route that exports everything that is stored about a user's account."""

from dataclasses import dataclass
from datetime import UTC, datetime

from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import CALLER, problem_responses
from tracklift_auth.oauth_errors import UNCACHED
from tracklift_auth.routes.api_keys import ApiKeyResponse
from tracklift_auth.routes.sessions import SessionResponse
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.account.export_account import AccountData, ExportAccount
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.role import Role
from tracklift_domain.user.sign_in_provider.external_identity import ExternalIdentity


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityResponse:
    """An account at a sign-in provider with which the user signs in."""

    issuer: str
    subject: str
    created_at: datetime

    @classmethod
    def of(cls, identity: ExternalIdentity) -> "IdentityResponse":
        """Show an identity."""
        return cls(issuer=identity.issuer, subject=identity.subject, created_at=identity.created_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountDataResponse:
    """Everything that is stored about an account, except hashes of passwords, tokens and keys."""

    id: str
    email: str
    email_verified_at: datetime | None
    role: Role
    created_at: datetime
    sessions: list[SessionResponse]
    api_keys: list[ApiKeyResponse]
    identities: list[IdentityResponse]

    @classmethod
    def of(cls, data: AccountData, caller: Caller) -> "AccountDataResponse":
        """Show an account to its user."""
        return cls(
            id=data.user.id,
            email=data.user.email.value,
            email_verified_at=data.user.email_verified_at,
            role=data.user.role,
            created_at=data.user.created_at,
            sessions=[SessionResponse.of(session, caller) for session in data.sessions],
            api_keys=[ApiKeyResponse.of(key) for key in data.api_keys],
            identities=[IdentityResponse.of(identity) for identity in data.identities],
        )


_DATA = ResponseSpec(
    AccountDataResponse,
    generate_examples=False,
    description="The data.",
    examples=[
        example(
            "An account without sessions and keys",
            AccountDataResponse(
                id="0b8f6f2a4f6f1d2c3b5f0c1f0e6d0b4b",
                email="ada@example.org",
                email_verified_at=datetime(2026, 3, 1, 9, 31, tzinfo=UTC),
                role=Role.USER,
                created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
                sessions=[],
                api_keys=[],
                identities=[],
            ),
        )
    ],
)


@get(
    "/v1/me/data",
    summary="Get all data of the account",
    description="What is stored about the account itself. `/v1/conversions` lists the conversions.",
    operation_id="export_account",
    responses={200: _DATA, **problem_responses(*CALLER, UserNotFoundError)},
    security=CALLER_SECURITY,
    tags=["users"],
)
async def export(
    caller: Given[Caller], export_account: Given[ExportAccount]
) -> Response[AccountDataResponse]:
    """Return the data."""
    return Response(AccountDataResponse.of(await export_account(caller), caller), headers=UNCACHED)


ACCOUNT_DATA_ROUTES: list[ControllerRouterHandler] = [export]
