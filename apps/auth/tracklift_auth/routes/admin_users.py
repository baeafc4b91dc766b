"""Routes for admins: find users, make them, change what they may do, delete them."""

from dataclasses import asdict, dataclass, fields
from datetime import UTC, datetime
from typing import Annotated

import msgspec
from litestar import MediaType, Response, delete, get, patch, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.params import Body, FromPath, Parameter
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.application.cursors import INVALID_CURSOR, decode_cursor, encode_cursor
from tracklift_adapters.http.application.providing import Given
from tracklift_adapters.http.bodies.media_types import JSON, takes
from tracklift_adapters.http.bodies.request_fields import RequestFields
from tracklift_adapters.http.limits.quota_responses import QuotasResponse
from tracklift_adapters.http.openapi.examples import example
from tracklift_adapters.http.openapi.openapi_document import CALLER_SECURITY
from tracklift_adapters.http.openapi.problem_responses import (
    CALLER,
    INVALID_REQUEST,
    SMALL_BODY,
    problem_responses,
)
from tracklift_auth.routes.users import EXAMPLE_QUOTAS, AccountQuotas
from tracklift_domain.errors import TooBusyError
from tracklift_domain.identifiers import UserId
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InsufficientRoleError
from tracklift_domain.user.access.require_role import RequireRole
from tracklift_domain.user.administration.change_user import ChangeUser
from tracklift_domain.user.administration.create_user import CreateUser
from tracklift_domain.user.administration.errors import OwnAccountError
from tracklift_domain.user.administration.invite_user import InviteUser
from tracklift_domain.user.administration.list_users import ListUsers
from tracklift_domain.user.administration.remove_user import RemoveUser
from tracklift_domain.user.administration.remove_users_second_factor import RemoveUsersSecondFactor
from tracklift_domain.user.administration.send_password_reset import SendPasswordReset
from tracklift_domain.user.email_address import LONGEST_ADDRESS, EmailAddress
from tracklift_domain.user.errors import (
    EmailTakenError,
    InvalidEmailAddressError,
    InvalidQuotaError,
    UserNotFoundError,
)
from tracklift_domain.user.password.errors import WeakPasswordError
from tracklift_domain.user.ports import UserRepository
from tracklift_domain.user.quota import UserQuota
from tracklift_domain.user.registration.errors import RegistrationClosedError
from tracklift_domain.user.role import Role
from tracklift_domain.user.second_factor.errors import SecondFactorNotFoundError
from tracklift_domain.user.second_factor.ports import SecondFactorRepository
from tracklift_domain.user.session.errors import AccountDisabledError
from tracklift_domain.user.user import User

_TAGS = ["administration"]
_ADMIN = (*CALLER, InsufficientRoleError, UserNotFoundError)
"""What a caller who is no admin is refused with, and what a user is missing with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuotaResponse:
    """The limits that are set for one user; `null`: the limit of all users applies."""

    stored_bytes: int | None = None
    audio_minutes: int | None = None
    conversions_in_flight: int | None = None
    upload_bytes: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminUserResponse:
    """A user as admins see it. `has_password` is false for a user who only signs in with a provider.

    `quota` has the limits that are set for this user; for the others, the settings apply.
    """

    id: str
    email: str
    email_verified: bool
    role: Role
    disabled: bool
    has_password: bool
    created_at: datetime
    quota: UserQuotaResponse

    @classmethod
    def of(cls, user: User) -> "AdminUserResponse":
        """Show a user."""
        return cls(
            id=user.id,
            email=user.email.value,
            email_verified=user.email_verified_at is not None,
            role=user.role,
            disabled=user.is_disabled,
            has_password=user.has_password,
            created_at=user.created_at,
            quota=UserQuotaResponse(**asdict(user.quota)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDetailsResponse(AdminUserResponse):
    """A user with data that needs further queries.

    `quotas` is `null` if the storage of conversions can't be reached. `second_factor` tells whether one is required.
    """

    second_factor: bool
    quotas: QuotasResponse | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminUserListResponse:
    """A page of users, sorted by address; `next_cursor` gets the next page."""

    items: list[AdminUserResponse]
    next_cursor: str | None


class NewUserRequest(RequestFields, frozen=True, kw_only=True):
    """The data of a new user. Without a password, the user is mailed an invitation to choose one."""

    email: str
    role: Role = Role.USER
    password: str | None = None


class InvitationRequest(RequestFields, frozen=True, kw_only=True):
    """The address and the role of the invited user."""

    email: str
    role: Role = Role.USER


class QuotaRequest(RequestFields, frozen=True, kw_only=True):
    """Limits of one user: stored bytes, minutes of audio per month, unfinished conversions, and bytes per upload."""

    stored_bytes: int | None = None
    audio_minutes: int | None = None
    conversions_in_flight: int | None = None
    upload_bytes: int | None = None


class UserChangeRequest(RequestFields, frozen=True, kw_only=True):
    """The changes to a user; a field that is left out or null stays unchanged.

    A `quota` replaces all limits that were set for the user: for limits that it leaves out, the settings apply again.
    """

    role: Role | None = None
    disabled: bool | None = None
    quota: QuotaRequest | None = None


_USER = AdminUserResponse(
    id="0b8f6f2a4f6f1d2c3b5f0c1f0e6d0b4b",
    email="ada@example.org",
    email_verified=True,
    role=Role.USER,
    disabled=False,
    has_password=True,
    created_at=datetime(2026, 3, 1, 9, 30, tzinfo=UTC),
    quota=UserQuotaResponse(audio_minutes=6000),
)
_SHOWN = ResponseSpec(
    AdminUserResponse, generate_examples=False, description="The user.", examples=[example("Ada", _USER)]
)
_DETAILS = ResponseSpec(
    UserDetailsResponse,
    generate_examples=False,
    description="The user.",
    examples=[
        example(
            "Ada",
            UserDetailsResponse(
                **{field.name: getattr(_USER, field.name) for field in fields(_USER)},
                second_factor=True,
                quotas=EXAMPLE_QUOTAS,
            ),
        )
    ],
)
_PAGE = ResponseSpec(
    AdminUserListResponse,
    generate_examples=False,
    description="The users.",
    examples=[example("The last page", AdminUserListResponse(items=[_USER], next_cursor=None))],
)
_NEW_USERS = [example("Bob", NewUserRequest(email="bob@example.org"))]
_INVITATIONS = [example("Bob", InvitationRequest(email="bob@example.org"))]
_CHANGES = [
    example("Another role", UserChangeRequest(role=Role.OPERATOR)),
    example("Disabled", UserChangeRequest(disabled=True)),
    example("More minutes", UserChangeRequest(quota=QuotaRequest(audio_minutes=6000))),
    example("The limits of all users", UserChangeRequest(quota=QuotaRequest())),
]


@get(
    "/v1/admin/users",
    summary="List users",
    operation_id="list_users",
    responses={200: _PAGE, **problem_responses(*_ADMIN, INVALID_REQUEST, INVALID_CURSOR)},
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def show_all(
    caller: Given[Caller],
    require_role: Given[RequireRole],
    list_users: Given[ListUsers],
    search: Annotated[
        str, Parameter(max_length=LONGEST_ADDRESS, description="Those whose address contains this.")
    ] = "",
    limit: Annotated[int, Parameter(ge=1, le=100)] = 50,
    cursor: Annotated[
        str, Parameter(max_length=512, description="The `next_cursor` of the page before.")
    ] = "",
) -> AdminUserListResponse:
    """List users, sorted by address."""
    await require_role(caller, Role.ADMIN)
    page = await list_users(
        search=search, after=decode_cursor(cursor, EmailAddress) if cursor else None, limit=limit
    )
    return AdminUserListResponse(
        items=[AdminUserResponse.of(user) for user in page.users],
        next_cursor=None if page.next is None else encode_cursor(page.next.value),
    )


@post(
    "/v1/admin/users",
    summary="Make a user",
    description="Also where users can't sign up by themselves, and whatever the domain of the address.",
    operation_id="create_user",
    responses={
        201: _SHOWN,
        **problem_responses(
            *_ADMIN,
            INVALID_REQUEST,
            InvalidEmailAddressError,
            WeakPasswordError,
            EmailTakenError,
            *SMALL_BODY,
            TooBusyError,
        ),
    },
    guards=[takes(JSON)],
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def create(
    data: Annotated[NewUserRequest, Body(examples=_NEW_USERS)],
    caller: Given[Caller],
    require_role: Given[RequireRole],
    create_user: Given[CreateUser],
) -> AdminUserResponse:
    """Make a user."""
    await require_role(caller, Role.ADMIN)
    return AdminUserResponse.of(await create_user(data.email, role=data.role, password=data.password))


@post(
    "/v1/admin/invitations",
    summary="Invite a user",
    description="Makes the account, and mails a link with which its user chooses a password. Inviting an address again "
    "mails another one, until it is accepted. Deleting the user withdraws it.",
    operation_id="invite_user",
    responses={
        201: _SHOWN,
        **problem_responses(
            *_ADMIN,
            INVALID_REQUEST,
            InvalidEmailAddressError,
            EmailTakenError,
            RegistrationClosedError,
            *SMALL_BODY,
        ),
    },
    guards=[takes(JSON)],
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def invite(
    data: Annotated[InvitationRequest, Body(examples=_INVITATIONS)],
    caller: Given[Caller],
    require_role: Given[RequireRole],
    invite_user: Given[InviteUser],
) -> AdminUserResponse:
    """Invite a user."""
    await require_role(caller, Role.ADMIN)
    return AdminUserResponse.of(await invite_user(data.email, role=data.role))


@get(
    "/v1/admin/users/{user_id:str}",
    summary="Show a user",
    description="With the limits of the user and how far they are used.",
    operation_id="get_user",
    responses={200: _DETAILS, **problem_responses(*_ADMIN)},
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def show(
    caller: Given[Caller],
    require_role: Given[RequireRole],
    users: Given[UserRepository],
    second_factors: Given[SecondFactorRepository],
    account_quotas: Given[AccountQuotas],
    user_id: FromPath[str],
) -> UserDetailsResponse:
    """Show a user."""
    await require_role(caller, Role.ADMIN)
    user = AdminUserResponse.of(await users.get(UserId(user_id)))
    uses = await account_quotas(UserId(user_id))
    return UserDetailsResponse(
        **{field.name: getattr(user, field.name) for field in fields(user)},
        second_factor=await _has_second_factor(second_factors, UserId(user_id)),
        quotas=None if uses is None else QuotasResponse.of(uses),
    )


@patch(
    "/v1/admin/users/{user_id:str}",
    summary="Change what a user may do",
    description="A disabled user can't sign in. Sessions, access tokens and API keys stop within a minute; the keys "
    "work again once the account is enabled. After another role, access tokens have to be renewed.",
    operation_id="change_user",
    responses={
        200: _SHOWN,
        **problem_responses(*_ADMIN, INVALID_REQUEST, InvalidQuotaError, OwnAccountError, *SMALL_BODY),
    },
    guards=[takes(JSON)],
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def change(
    data: Annotated[UserChangeRequest, Body(examples=_CHANGES)],
    caller: Given[Caller],
    require_role: Given[RequireRole],
    change_user: Given[ChangeUser],
    user_id: FromPath[str],
) -> AdminUserResponse:
    """Change a user."""
    await require_role(caller, Role.ADMIN)
    changed = await change_user(
        UserId(user_id),
        role=data.role,
        disabled=data.disabled,
        quota=None if data.quota is None else UserQuota(**msgspec.structs.asdict(data.quota)),
        by=caller.user_id,
    )
    return AdminUserResponse.of(changed)


@delete(
    "/v1/admin/users/{user_id:str}",
    summary="Delete a user",
    description="With all that the user has, which nothing brings back.",
    operation_id="remove_user",
    response_description="The account is gone.",
    responses=problem_responses(*_ADMIN, OwnAccountError),
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def remove(
    caller: Given[Caller],
    require_role: Given[RequireRole],
    remove_user: Given[RemoveUser],
    user_id: FromPath[str],
) -> None:
    """Delete a user."""
    await require_role(caller, Role.ADMIN)
    await remove_user(UserId(user_id), by=caller.user_id)


@post(
    "/v1/admin/users/{user_id:str}/password-reset",
    status_code=202,
    summary="Mail a user the link that sets a new password",
    operation_id="send_password_reset",
    responses={
        202: ResponseSpec(
            None, description="The mail is on its way, unless the user was mailed enough of them."
        ),
        **problem_responses(*_ADMIN, AccountDisabledError),
    },
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def reset(
    caller: Given[Caller],
    require_role: Given[RequireRole],
    send_password_reset: Given[SendPasswordReset],
    user_id: FromPath[str],
) -> Response[None]:
    """Mail the link."""
    await require_role(caller, Role.ADMIN)
    await send_password_reset(UserId(user_id))
    # With JSON, the empty body would be serialized as null.
    return Response(None, media_type=MediaType.TEXT)


@delete(
    "/v1/admin/users/{user_id:str}/second-factor",
    summary="Remove the second factor of a user",
    description="For one who has lost the app and the recovery codes, and is who the account says: the password alone "
    "lets in again. The user is told by mail.",
    operation_id="remove_users_second_factor",
    response_description="There is none any more.",
    responses=problem_responses(*_ADMIN, OwnAccountError, SecondFactorNotFoundError),
    security=CALLER_SECURITY,
    tags=_TAGS,
)
async def remove_factor(
    caller: Given[Caller],
    require_role: Given[RequireRole],
    remove_users_second_factor: Given[RemoveUsersSecondFactor],
    user_id: FromPath[str],
) -> None:
    """Remove the second factor."""
    await require_role(caller, Role.ADMIN)
    await remove_users_second_factor(UserId(user_id), by=caller.user_id)


async def _has_second_factor(factors: SecondFactorRepository, user_id: UserId) -> bool:
    try:
        return (await factors.get(user_id)).is_active
    except SecondFactorNotFoundError:
        return False


ADMIN_USER_ROUTES: list[ControllerRouterHandler] = [
    show_all,
    create,
    invite,
    show,
    change,
    remove,
    reset,
    remove_factor,
]
