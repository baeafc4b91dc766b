"""Opens, renews and ends the sessions of browsers through the auth service."""

import json
from abc import abstractmethod
from datetime import timedelta
from typing import Protocol
from urllib.parse import urlencode

from typing_extensions import override

from tracklift_adapters.auth_service.answers import read_tokens
from tracklift_adapters.auth_service.client import Answer, AuthService
from tracklift_adapters.http.bodies.media_types import FORM
from tracklift_adapters.http.problems.request_ids import current_request_id
from tracklift_domain.errors import DomainError, ServiceUnavailableError, TooBusyError
from tracklift_domain.user.password.errors import TooManyLogInsError
from tracklift_domain.user.second_factor.errors import (
    SecondFactorRequiredError,
    TooManyWrongCodesError,
    WrongSecondFactorError,
)
from tracklift_domain.user.session.errors import (
    AccountDisabledError,
    InvalidGrantError,
    WrongCredentialsError,
)
from tracklift_domain.user.session.session import TokenPair

_SERVICE = "The auth service"
_RETRY_AFTER_DIGITS = 6
_REFUSALS = (
    WrongCredentialsError,
    AccountDisabledError,
    SecondFactorRequiredError,
    WrongSecondFactorError,
    TooManyLogInsError,
    InvalidGrantError,
)


class BrowserSessions(Protocol):
    """Gives the tokens that a browser keeps in cookies.

    Raises:
        ServiceUnavailableError: from every method, when the accounts can't be reached.
    """

    @abstractmethod
    async def open(self, email: str, password: str, code: str | None, user_agent: str) -> TokenPair:
        """Begin a session for the program that `user_agent` names. A second factor requires `code`.

        Raises:
            WrongCredentialsError: address and password don't match.
            AccountDisabledError: they match, but the account is disabled.
            SecondFactorRequiredError: they match, but there is no code.
            WrongSecondFactorError: they match, but the code is wrong, already used, or too old.
            TooManyWrongCodesError: they match, but there were too many wrong codes.
            TooManyLogInsError: too many log-ins for the address are being checked.
            TooBusyError: too many passwords are being checked.
        """

    @abstractmethod
    async def renew(self, refresh_token: str) -> TokenPair:
        """Give new tokens for a refresh token, which is single-use. Raises `InvalidGrantError`."""

    @abstractmethod
    async def end(self, refresh_token: str) -> None:
        """End the session of a refresh token. An unknown token is not an error."""


class AuthServiceSessions(BrowserSessions):
    """Uses the auth service."""

    def __init__(self, auth_service: AuthService) -> None:
        self._auth_service = auth_service

    @override
    async def open(self, email: str, password: str, code: str | None, user_agent: str) -> TokenPair:
        fields = {"username": email, "password": password} | ({"code": code} if code else {})
        answer = await self._post("/v1/token", user_agent, grant_type="password", **fields)
        return _read(answer, {error.code: error() for error in _REFUSALS} | _too_many_codes(answer))

    @override
    async def renew(self, refresh_token: str) -> TokenPair:
        answer = await self._post("/v1/token", grant_type="refresh_token", refresh_token=refresh_token)
        return _read(answer, {InvalidGrantError.code: InvalidGrantError()})

    @override
    async def end(self, refresh_token: str) -> None:
        answer = await self._post("/v1/revoke", token=refresh_token)
        if answer.status != 200:
            raise ServiceUnavailableError(_SERVICE, f"it answers {answer.status} to a log-out")

    async def _post(self, path: str, user_agent: str = "", /, **fields: str) -> Answer:
        headers = {"Content-Type": FORM, "X-Request-ID": current_request_id(), "User-Agent": user_agent}
        # Characters that can't be encoded occur in no valid token or password.
        body = urlencode(fields, errors="replace").encode()
        return await self._auth_service.forward("POST", path, headers, body)


def _too_many_codes(answer: Answer) -> dict[str, DomainError]:
    headers = {name.lower(): value for name, value in dict(answer.headers).items()}
    text = headers.get("retry-after", "")
    seconds = int(text) if text.isascii() and text.isdigit() and len(text) < _RETRY_AFTER_DIGITS else 1
    return {TooManyWrongCodesError.code: TooManyWrongCodesError(timedelta(seconds=seconds))}


def _read(answer: Answer, refusals: dict[str, DomainError]) -> TokenPair:
    """Read the tokens from a response. Raises the refusal with the response's code, or `ServiceUnavailableError`."""
    try:
        body = json.loads(answer.body)
        if answer.status == 200:
            return read_tokens(body)
        code = str(body["code"])
    except (ValueError, KeyError, TypeError) as error:
        raise ServiceUnavailableError(_SERVICE, "its answer to a log-in makes no sense") from error
    if code == TooBusyError.code:
        raise TooBusyError(_SERVICE)
    raise refusals.get(code) or ServiceUnavailableError(_SERVICE, f"it answers {answer.status} to a log-in")
