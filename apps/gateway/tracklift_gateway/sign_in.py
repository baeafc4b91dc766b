"""Signs in the users of the pages at the auth service."""

import json
from abc import abstractmethod
from contextlib import suppress
from typing import Protocol
from urllib.parse import urlencode

from typing_extensions import override

from tracklift_adapters.auth_service.client import Answer, AuthService
from tracklift_adapters.http.media_types import FORM
from tracklift_adapters.http.request_ids import current_request_id
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.errors import WrongCredentialsError


class SignIn(Protocol):
    """Gives an access token for an address and its password, and leaves no session behind."""

    @abstractmethod
    async def __call__(self, email: str, password: str) -> str:
        """Sign in.

        Raises:
            WrongCredentialsError: address and password don't belong together.
            ServiceUnavailableError: the accounts can't be reached.
        """


class SignInAtAuthService(SignIn):
    """Asks the auth service."""

    def __init__(self, auth_service: AuthService) -> None:
        self._auth_service = auth_service

    @override
    async def __call__(self, email: str, password: str) -> str:
        answer = await self._post("/v1/token", grant_type="password", username=email, password=password)
        try:
            body = json.loads(answer.body)
            if answer.status == 200:
                access, refresh = str(body["access_token"]), str(body["refresh_token"])
            elif body["code"] == WrongCredentialsError.code:
                raise WrongCredentialsError
            else:
                raise ServiceUnavailableError("The auth service", f"it answers {answer.status} to a login")
        except (ValueError, KeyError, TypeError) as error:
            raise ServiceUnavailableError(
                "The auth service", "its answer to a login makes no sense"
            ) from error
        # A page renews nothing. A session that can't be ended now runs out by itself.
        with suppress(ServiceUnavailableError):
            await self._post("/v1/revoke", token=refresh)
        return access

    async def _post(self, path: str, **fields: str) -> Answer:
        headers = {"Content-Type": FORM, "X-Request-ID": current_request_id()}
        return await self._auth_service.forward("POST", path, headers, urlencode(fields).encode())
