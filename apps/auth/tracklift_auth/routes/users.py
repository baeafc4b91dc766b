"""Routes for accounts: sign up, show, delete."""

from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Annotated

from litestar import delete, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_adapters.http.limits.quota_responses import QuotaResponse, QuotasResponse
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import (
    CALLER,
    INVALID_REQUEST,
    RATE_LIMITED,
    SMALL_BODY,
    problem_responses,
)
from tracklift_domain.errors import TooBusyError
from tracklift_domain.identifiers import UserId
from tracklift_domain.upload.quota import QuotaUses
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.account.delete_user import DeleteUser
from tracklift_domain.user.account.get_user import GetUser
from tracklift_domain.user.errors import EmailTakenError, InvalidEmailAddressError, UserNotFoundError
from tracklift_domain.user.password.errors import WeakPasswordError
from tracklift_domain.user.registration.errors import (
    EmailDomainNotAllowedError,
    InvitationRequiredError,
    RegistrationClosedError,
)
from tracklift_domain.user.registration.register_user import RegisterUser
from tracklift_domain.user.role import Role
from tracklift_domain.user.user import User

_TAGS = ["users"]


class Registration(RequestFields, frozen=True):
    """The data for signing up."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class UserResponse:
    """A user as the API shows one."""

    id: str
    email: str
    email_verified: bool
    role: Role
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> "UserResponse":
        """Show a user."""
        return cls(user.id, user.email.value, user.email_verified_at is not None, user.role, user.created_at)


@dataclass(frozen=True, slots=True)
class AccountResponse(UserResponse):
    """The account of the caller. `quotas` is `null` if the storage of conversions can't be reached."""

    quotas: QuotasResponse | None = None


AccountQuotas = Callable[[UserId], Awaitable[QuotaUses | None]]
"""Returns how far a user's limits are used. Auth alone does not know this: the gateway adds it."""

_EXAMPLES = [example("Ada", Registration("ada@example.org", "correct horse battery"))]

_ADA = UserResponse(
    "0b8f6f2a4f6f1d2c3b5f0c1f0e6d0b4b",
    "ada@example.org",
    True,  # noqa: FBT003  # a field of the response
    Role.USER,
    datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
)
EXAMPLE_QUOTAS = QuotasResponse(
    stored_bytes=QuotaResponse(
        used=1_240_000_000, limit=5_000_000_000, until=datetime(2026, 3, 19, 8, 5, tzinfo=UTC)
    ),
    audio_minutes=QuotaResponse(used=184, limit=600, until=datetime(2026, 4, 1, tzinfo=UTC)),
    conversions_in_flight=QuotaResponse(used=2, limit=100),
    upload_bytes=4 * 1024**3,
)
_USER = ResponseSpec(
    UserResponse, generate_examples=False, description="The account.", examples=[example("Ada", _ADA)]
)
_ACCOUNT = ResponseSpec(
    AccountResponse,
    generate_examples=False,
    description="The account.",
    examples=[example("Ada", AccountResponse(**asdict(_ADA), quotas=EXAMPLE_QUOTAS))],
)


@post(
    "/v1/users",
    summary="Sign up",
    operation_id="register_user",
    responses={
        201: _USER,
        **problem_responses(
            INVALID_REQUEST,
            InvalidEmailAddressError,
            WeakPasswordError,
            EmailTakenError,
            RegistrationClosedError,
            InvitationRequiredError,
            EmailDomainNotAllowedError,
            *SMALL_BODY,
            RATE_LIMITED,
            TooBusyError,
        ),
    },
    guards=[takes(JSON)],
    rate_limit="sign_up",
    tags=_TAGS,
)
async def register(
    data: Annotated[Registration, Body(examples=_EXAMPLES)], register_user: Given[RegisterUser]
) -> UserResponse:
    """Create an account with an e-mail address and a password, and mail a link that verifies the address."""
    return UserResponse.of(await register_user(data.email, data.password))


@get(
    "/v1/me",
    summary="Show the account",
    description="With its limits and how far they are used.",
    operation_id="get_me",
    responses={200: _ACCOUNT, **problem_responses(*CALLER, UserNotFoundError)},
    security=CALLER_SECURITY,
    scope=Scope.READ,
    tags=_TAGS,
)
async def show(
    caller: Given[Caller], get_user: Given[GetUser], account_quotas: Given[AccountQuotas]
) -> AccountResponse:
    """Show the account of the caller."""
    user = await get_user(caller)
    uses = await account_quotas(user.id)
    return AccountResponse(
        **asdict(UserResponse.of(user)), quotas=None if uses is None else QuotasResponse.of(uses)
    )


@delete(
    "/v1/me",
    summary="Delete the account",
    operation_id="delete_me",
    response_description="It is gone.",
    responses=problem_responses(*CALLER, UserNotFoundError),
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def remove(caller: Given[Caller], delete_user: Given[DeleteUser]) -> None:
    """Delete the account of the caller with all conversions."""
    await delete_user(caller)


USER_ROUTES: list[ControllerRouterHandler] = [register, show, remove]
