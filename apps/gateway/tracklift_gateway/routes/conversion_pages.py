"""Routes of the page of one conversion, which the link in a mail leads to."""

from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.response.base import ASGIResponse
from litestar.types import ControllerRouterHandler

from tracklift_adapters.http.domain_errors import status_of
from tracklift_adapters.http.providing import Given
from tracklift_adapters.http.url_encoded_form import read_form
from tracklift_domain.conversion.download_audio import DownloadAudio
from tracklift_domain.conversion.errors import AudioExpiredError, AudioNotReadyError, ConversionNotFoundError
from tracklift_domain.conversion.get_conversion import GetConversion
from tracklift_domain.conversion.ports import UpdateFeed
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.errors import InvalidTokenError, WrongCredentialsError
from tracklift_domain.user.identify_caller import IdentifyCaller
from tracklift_gateway import pages
from tracklift_gateway.page_requests import ASKED, CREDENTIALS, ENDED, SENT, TOKEN, place_of, read_id
from tracklift_gateway.pages import Place
from tracklift_gateway.routes.audio import hand_out
from tracklift_gateway.sign_in import SignIn

_Request = Request[Any, Any, Any]
_Page = Response[str]


@get("/conversions/{conversion_id:str}", **ASKED, sync_to_thread=False)
def show_sign_in(request: _Request, conversion_id: FromPath[str]) -> _Page:
    """Show the form to sign in."""
    return pages.sign_in_to(place_of(request), read_id(conversion_id))


@post("/conversions/{conversion_id:str}", **SENT, rate_limit="token")
async def sign_in_to_one(
    request: _Request,
    sign_in: Given[SignIn],
    identify_caller: Given[IdentifyCaller],
    get_conversion: Given[GetConversion],
    feed: Given[UpdateFeed],
    conversion_id: FromPath[str],
) -> _Page:
    """Sign in, and show the conversion."""
    place, form = place_of(request), await read_form(request, CREDENTIALS)
    wanted, email = read_id(conversion_id), form.get("email", "")
    try:
        token = await sign_in(email, form.get("password", ""))
    except WrongCredentialsError as error:
        return pages.sign_in_to(place, wanted, email=email, problem=str(error), status=status_of(type(error)))
    return await _show(place, token, wanted, identify_caller, get_conversion, feed)


@post("/conversions/{conversion_id:str}/status", **SENT)
async def show_status(
    request: _Request,
    identify_caller: Given[IdentifyCaller],
    get_conversion: Given[GetConversion],
    feed: Given[UpdateFeed],
    conversion_id: FromPath[str],
) -> _Page:
    """Show the conversion to a user who is signed in."""
    place, form = place_of(request), await read_form(request, (TOKEN,))
    wanted = read_id(conversion_id)
    try:
        return await _show(place, form.get(TOKEN, ""), wanted, identify_caller, get_conversion, feed)
    except InvalidTokenError:
        return pages.sign_in_to(place, wanted, problem=ENDED, status=403)


@post("/conversions/{conversion_id:str}/audio", **SENT)
async def download_from_page(
    request: _Request,
    identify_caller: Given[IdentifyCaller],
    download_audio: Given[DownloadAudio],
    get_conversion: Given[GetConversion],
    feed: Given[UpdateFeed],
    conversion_id: FromPath[str],
) -> ASGIResponse:
    """Hand out the MP3; where there is none any more, show how the conversion stands."""
    place, form = place_of(request), await read_form(request, (TOKEN,))
    wanted, token = read_id(conversion_id), form.get(TOKEN, "")
    try:
        return await hand_out(await download_audio(identify_caller(token), wanted))
    except InvalidTokenError:
        page = pages.sign_in_to(place, wanted, problem=ENDED, status=403)
    except (AudioExpiredError, AudioNotReadyError, ConversionNotFoundError):
        page = await _show(place, token, wanted, identify_caller, get_conversion, feed)
    return page.to_asgi_response(None, request)


@get(
    ["/conversions/{conversion_id:str}/status", "/conversions/{conversion_id:str}/audio"],
    **ASKED,
    sync_to_thread=False,
)
def go_to_sign_in(request: _Request, conversion_id: FromPath[str]) -> Redirect:
    """Redirect from the address of a form's answer to the form to sign in."""
    place = place_of(request)
    return Redirect(place.conversion(read_id(conversion_id)), status_code=303)


async def _show(
    place: Place,
    token: str,
    wanted: ConversionId,
    identify_caller: IdentifyCaller,
    get_conversion: GetConversion,
    feed: UpdateFeed,
) -> _Page:
    try:
        conversion = await get_conversion(identify_caller(token), wanted)
    except ConversionNotFoundError:
        return pages.no_conversion(place, token, wanted)
    return pages.conversion(place, token, conversion, feed.latest_progress(wanted))


CONVERSION_PAGE_ROUTES: list[ControllerRouterHandler] = [
    show_sign_in,
    sign_in_to_one,
    show_status,
    download_from_page,
    go_to_sign_in,
]
