"""Routes of the start page and of the list of conversions."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.response import Redirect
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.domain_errors import status_of
from tracklift_adapters.http.providing import Given
from tracklift_adapters.http.url_encoded_form import read_form
from tracklift_domain.conversion.list_conversions import ListConversions
from tracklift_domain.user.errors import InvalidTokenError, WrongCredentialsError
from tracklift_domain.user.identify_caller import IdentifyCaller
from tracklift_gateway import pages
from tracklift_gateway.cursors import read_cursor, write_cursor
from tracklift_gateway.page_requests import ASKED, CREDENTIALS, ENDED, SENT, TOKEN, place_of
from tracklift_gateway.pages import Place
from tracklift_gateway.sign_in import SignIn

_Request = Request[Any, Any, Any]
_Page = Response[str]
_AT_ONCE = 20
"""Conversions in one page of the list."""


@get("/", **ASKED, sync_to_thread=False)
def show_home(request: _Request) -> _Page:
    """Show the start page."""
    return pages.home(place_of(request))


@post("/", **SENT, rate_limit="token")
async def sign_in_at_home(
    request: _Request,
    sign_in: Given[SignIn],
    identify_caller: Given[IdentifyCaller],
    list_conversions: Given[ListConversions],
) -> _Page:
    """Sign in, and list conversions."""
    place, form = place_of(request), await read_form(request, CREDENTIALS)
    try:
        token = await sign_in(form.get("email", ""), form.get("password", ""))
    except WrongCredentialsError as error:
        email = form.get("email", "")
        return pages.home(place, email=email, problem=str(error), status=status_of(type(error)))
    return await _list(place, {TOKEN: token}, identify_caller, list_conversions)


@post("/conversions", **SENT)
async def list_more(
    request: _Request, identify_caller: Given[IdentifyCaller], list_conversions: Given[ListConversions]
) -> _Page:
    """List conversions of a user who is signed in."""
    place, form = place_of(request), await read_form(request, (TOKEN, "cursor"))
    try:
        return await _list(place, form, identify_caller, list_conversions)
    except InvalidTokenError:
        return pages.home(place, problem=ENDED, status=403)


@get("/conversions", **ASKED, sync_to_thread=False)
def go_home(request: _Request) -> Redirect:
    """Redirect from the address of the list to the start page."""
    return Redirect(place_of(request).root, status_code=303)


async def _list(
    place: Place,
    form: dict[str, str],
    identify_caller: IdentifyCaller,
    list_conversions: ListConversions,
) -> _Page:
    token, cursor = form.get(TOKEN, ""), form.get("cursor")
    after = read_cursor(cursor) if cursor else None
    page = await list_conversions(identify_caller(token), limit=_AT_ONCE, after=after)
    following = write_cursor(page.following) if page.following else None
    return pages.conversions(place, token, page.conversions, following)


HOME_PAGE_ROUTES: list[ControllerRouterHandler] = [show_home, sign_in_at_home, list_more, go_home]
