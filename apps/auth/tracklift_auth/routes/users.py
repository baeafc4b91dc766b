"""Routes of accounts: sign up, show, delete."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from litestar import delete, get, post
from litestar.openapi.spec import Example, SecurityRequirement
from litestar.params import Body
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.providing import Given
from tracklift_domain.user.delete_user import DeleteUser
from tracklift_domain.user.get_user import GetUser
from tracklift_domain.user.register_user import RegisterUser
from tracklift_domain.user.user import Caller, User

_TAGS = ["users"]
_BEARER: list[SecurityRequirement] = [{"bearer": []}]


@dataclass(frozen=True, slots=True)
class Registration:
    """What signing up takes."""

    email: str
    password: str


@dataclass(frozen=True, slots=True)
class UserRecord:
    """A user as the API shows one."""

    id: str
    email: str
    created_at: datetime

    @classmethod
    def of(cls, user: User) -> "UserRecord":
        """Show a user."""
        return cls(user.id, user.email.value, user.created_at)


_EXAMPLES = [Example(summary="Ada", value={"email": "ada@example.org", "password": "correct horse battery"})]


@post("/v1/users", summary="Sign up", operation_id="register_user", tags=_TAGS)
async def register(
    data: Annotated[Registration, Body(examples=_EXAMPLES)], register_user: Given[RegisterUser]
) -> UserRecord:
    """Make an account of an e-mail address and a password."""
    return UserRecord.of(await register_user(data.email, data.password))


@get("/v1/me", summary="Show the account", operation_id="get_me", security=_BEARER, tags=_TAGS)
async def show(caller: Given[Caller], get_user: Given[GetUser]) -> UserRecord:
    """Show the account of the caller."""
    return UserRecord.of(await get_user(caller))


@delete("/v1/me", summary="Delete the account", operation_id="delete_me", security=_BEARER, tags=_TAGS)
async def remove(caller: Given[Caller], delete_user: Given[DeleteUser]) -> None:
    """Delete the account of the caller with all conversions."""
    await delete_user(caller)


USER_ROUTES: list[ControllerRouterHandler] = [register, show, remove]
