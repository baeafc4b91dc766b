"""Routes of links in mails for people: the pages that they lead to.

Opening a page uses nothing up, since programs that look for harm in mails open links as well. Only its form does.
"""

from typing import Any

from litestar import Request, Response, get, post
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.domain_errors import status_of
from tracklift_adapters.http.media_types import FORM, takes
from tracklift_adapters.http.providing import Given
from tracklift_adapters.http.url_encoded_form import read_form
from tracklift_auth import pages
from tracklift_auth.routes.mailed_links import BAD_TOKEN
from tracklift_domain.errors import DomainError
from tracklift_domain.user.errors import InvalidMailedTokenError, WeakPasswordError
from tracklift_domain.user.reset_password import ResetPassword
from tracklift_domain.user.verify_email import VerifyEmail

_Request = Request[Any, Any, Any]
_LONGEST_TOKEN = 128
"""Characters. Those that are mailed have 43."""


@get("/verify-email", include_in_schema=False, sync_to_thread=False)
def show_verification(request: _Request) -> Response[str]:
    """Show the button that verifies an address."""
    token = _token(request)
    return pages.verification_form(token) if token else _refused(pages.VERIFY, InvalidMailedTokenError())


@post(
    "/verify-email",
    status_code=200,
    include_in_schema=False,
    guards=[takes(FORM)],
    rate_limit="mailed_token",
)
async def verify(request: _Request, verify_email: Given[VerifyEmail]) -> Response[str]:
    """Verify the address."""
    form = await read_form(request, ("token",))
    try:
        await verify_email(form.get("token", ""))
    except BAD_TOKEN as error:
        return _refused(pages.VERIFY, error)
    return pages.message(pages.VERIFY, "Thank you: the address is confirmed.")


@get("/reset-password", include_in_schema=False, sync_to_thread=False)
def show_reset(request: _Request) -> Response[str]:
    """Show the form for a new password."""
    token = _token(request)
    return pages.reset_form(token) if token else _refused(pages.RESET, InvalidMailedTokenError())


@post(
    "/reset-password",
    status_code=200,
    include_in_schema=False,
    guards=[takes(FORM)],
    rate_limit="mailed_token",
)
async def reset(request: _Request, reset_password: Given[ResetPassword]) -> Response[str]:
    """Set the password."""
    form = await read_form(request, ("token", "password"))
    token = form.get("token", "")
    try:
        await reset_password(token, form.get("password", ""))
    except WeakPasswordError as error:
        return pages.reset_form(token, problem=str(error), status=status_of(type(error)))
    except BAD_TOKEN as error:
        return _refused(pages.RESET, error)
    return pages.message(pages.RESET, "The password is set. You can log in with it now.")


def _token(request: _Request) -> str:
    token = str(request.query_params.get("token", ""))
    return token if len(token) <= _LONGEST_TOKEN else ""


def _refused(title: str, error: DomainError) -> Response[str]:
    return pages.message(title, str(error), status=status_of(type(error)))


MAILED_PAGE_ROUTES: list[ControllerRouterHandler] = [show_verification, verify, show_reset, reset]
