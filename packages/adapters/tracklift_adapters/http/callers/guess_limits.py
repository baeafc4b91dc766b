"""Slows down guesses at the password of one account, from any clients."""

import hashlib
import re
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, cast

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import MutableScopeHeaders
from litestar.handlers import BaseRouteHandler
from litestar.types import Message, Scope
from typing_extensions import override

from tracklift_adapters.http.bodies.media_types import FORM, JSON, media_type_of
from tracklift_adapters.http.bodies.url_encoded_form import read_form
from tracklift_adapters.http.callers.host_cookies import HostCookies
from tracklift_adapters.http.limits.rate_limits import client_of, too_often
from tracklift_adapters.http.limits.request_limits import RequestLimits
from tracklift_adapters.http.problems.problems import Problem
from tracklift_adapters.http.problems.wrong_guesses import WRONG_GUESS
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.password.errors import TooManyLogInsError
from tracklift_domain.user.password.policies import GuessPolicy
from tracklift_domain.user.password.ports import GuessCounts

RESET_ACCOUNT = "Tracklift-Reset-Account"
"""A header in which auth names the account whose password was reset (`account_name`). It is not sent to clients."""
_DEVICE_BYTES = 16
_DEVICE = re.compile(r"[\w-]{22}", re.ASCII)
"""As many bytes in base 64."""
_STATE = "password_guess"
_DETAIL = (
    "There were too many guesses at the password of this address: wait a little, use a device that has logged in "
    "before, or reset the password."
)
_Request = Request[Any, Any, Any]


class GuessedIn(StrEnum):
    """Where a route gets the password and the account from; a route names it as `guessed_in`."""

    FORM = "form"
    """The log-in of a program."""
    PAGE = "page"
    """The log-in of a browser, as JSON."""
    SESSION = "session"
    """The account is that of the caller, who repeats the password."""
    MAIL = "mail"
    """The password is reset, not guessed, for the account that the response names."""


@dataclass(frozen=True, slots=True)
class _Guess:
    guessed_in: GuessedIn
    client: str
    device: str
    """Its name in the browser's cookie; empty without one."""
    account: str = ""
    """Empty if a password is reset: the response names it."""
    counted_as: str = ""
    """Empty if it is not counted, since the client is known."""


class GuessLimits(RequestLimits):
    """Answers 429 to clients that guess at an account with too many guesses.

    A client that has logged in to the account, or reset its password by a mailed link, is known to it for a
    while, by its address or by a cookie. Known clients do not wait for others. All other clients share one
    wait. Whether the account exists makes no difference.
    """

    def __init__(
        self,
        counts: GuessCounts,
        policy: GuessPolicy,
        cookies: HostCookies,
        caller_of: Callable[[_Request], Awaitable[Caller]],
    ) -> None:
        """Count in `counts`; `caller_of` identifies the caller, and answers 401 without one."""
        self._counts = counts
        self._cookies = cookies
        self._cookie = cookies.name("tracklift_device")
        self._cookie_lasts = int(policy.known_for.total_seconds())
        self._caller_of = caller_of

    @override
    async def guard(self, connection: ASGIConnection[Any, Any, Any, Any], handler: BaseRouteHandler) -> None:
        request, guessed_in = cast("_Request", connection), handler.opt.get("guessed_in")
        # Safe methods check no password.
        if guessed_in is None or request.method == "GET":
            return
        client = client_of(request.client.host if request.client else "")
        device = request.cookies.get(self._cookie, "")
        guess = _Guess(GuessedIn(guessed_in), client, device if _DEVICE.fullmatch(device) else "")
        if guess.guessed_in is not GuessedIn.MAIL:
            address = await self._address(request, guess.guessed_in)
            if address is None:
                return
            guess = await self._count(replace(guess, account=account_name(address)))
        connection.scope["state"][_STATE] = guess

    @override
    async def note_answer(self, message: Message, scope: Scope) -> None:
        if message["type"] != "http.response.start":
            return
        headers = MutableScopeHeaders(message)
        is_wrong = _take_out(headers, WRONG_GUESS) != ""
        guess = scope["state"].get(_STATE)
        if not isinstance(guess, _Guess):
            return
        if guess.guessed_in is GuessedIn.MAIL:
            guess = replace(guess, account=_take_out(headers, RESET_ACCOUNT))
        if guess.counted_as and not is_wrong:
            await self._counts.give_back(guess.counted_as)
        if message["status"] < 300 and guess.account and guess.guessed_in is not GuessedIn.SESSION:
            await self._remember(guess, headers)

    async def _address(self, request: _Request, guessed_in: GuessedIn) -> EmailAddress | None:
        """Give the address that a request guesses at; empty if the route will refuse the request anyway."""
        if guessed_in is GuessedIn.SESSION:
            return await self._address_of_caller(request)
        media_type = media_type_of(request.headers.get("Content-Type", ""))
        text: object = None
        if guessed_in is GuessedIn.FORM and media_type == FORM:
            # Read like in the route, so that both find the same one.
            text = (await read_form(request, ("username",))).get("username")
        elif guessed_in is GuessedIn.PAGE and media_type == JSON:
            text = await _email_of(request)
        try:
            return EmailAddress(text) if isinstance(text, str) else None
        except InvalidEmailAddressError:
            return None

    async def _address_of_caller(self, request: _Request) -> EmailAddress | None:
        try:
            return (await self._caller_of(request)).email
        except ServiceUnavailableError:
            # The route identifies the caller itself, and may succeed: auth needs less for that than a gateway.
            return None

    async def _count(self, guess: _Guess) -> _Guess:
        if await self._counts.knows(_known_as(guess)):
            return guess
        # A client that is not logged in can't make a user wait who is logged in.
        of_users = guess.guessed_in is GuessedIn.SESSION
        guess = replace(guess, counted_as=f"{guess.account}:session" if of_users else guess.account)
        wait = await self._counts.take(guess.counted_as)
        if wait:
            raise too_often(TooManyLogInsError.code, _DETAIL, wait)
        return guess

    async def _remember(self, guess: _Guess, headers: MutableScopeHeaders) -> None:
        if guess.guessed_in is not GuessedIn.FORM:
            device = guess.device or secrets.token_urlsafe(_DEVICE_BYTES)
            guess = replace(guess, device=device)
            cookie = self._cookies.make(self._cookie, device, self._cookie_lasts)
            headers.add("Set-Cookie", cookie.to_header(header=""))
        await self._counts.remember(_known_as(guess))


async def _email_of(request: _Request) -> object:
    """Give the address of a browser's log-in, from the same fields as the route."""
    try:
        body = await request.json()
    except Problem:
        return None
    return getattr(body, "email", None)


def account_name(address: EmailAddress) -> str:
    """Name an account, which need not exist, without storing its address."""
    return _hash(address.value)


def _take_out(headers: MutableScopeHeaders, name: str) -> str:
    value: str = headers.get(name, "")
    if value:
        del headers[name]
    return value


def _known_as(guess: _Guess) -> list[str]:
    return [_hash(f"{guess.account} {name}") for name in (guess.client, guess.device) if name]


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()
