"""Signs in the users of browsers with a provider, through the auth service."""

import json
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from typing_extensions import override

from tracklift_adapters.auth_service.answers import read_tokens
from tracklift_adapters.auth_service.client import AuthService
from tracklift_adapters.auth_service.sign_in_messages import (
    BEGIN_PATH,
    COMPLETE_PATH,
    read_begun,
    write_completion,
)
from tracklift_adapters.http.bodies.media_types import JSON
from tracklift_adapters.http.problems.problems import Problem
from tracklift_adapters.http.problems.request_ids import current_request_id
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.session.session import TokenPair
from tracklift_domain.user.sign_in_provider.begin_provider_sign_in import BegunSignIn
from tracklift_domain.user.sign_in_provider.sign_in_attempt import ProviderAnswer

_SERVICE = "The auth service"
_T = TypeVar("_T")


class ProviderSignIn(Protocol):
    """Begins and completes a browser's sign-in with a provider.

    Raises:
        DomainError, Problem: from every method, with the reason why the sign-in failed.
    """

    @abstractmethod
    async def begin(self, provider: str) -> BegunSignIn:
        """Begin a sign-in."""

    @abstractmethod
    async def complete(
        self, provider: str, secret: str, answer: ProviderAnswer, user_agent: str
    ) -> TokenPair:
        """Begin a session from the provider's answer, for the program that `user_agent` names."""


class AuthServiceProviderSignIn(ProviderSignIn):
    """Uses the auth service. Its refusals are raised as `Problem`."""

    def __init__(self, auth_service: AuthService) -> None:
        self._auth_service = auth_service

    @override
    async def begin(self, provider: str) -> BegunSignIn:
        return await self._ask(BEGIN_PATH, {"provider": provider}, read_begun)

    @override
    async def complete(
        self, provider: str, secret: str, answer: ProviderAnswer, user_agent: str
    ) -> TokenPair:
        question = write_completion(provider, secret, answer)
        return await self._ask(COMPLETE_PATH, question, read_tokens, user_agent)

    async def _ask(
        self,
        path: str,
        question: Mapping[str, str],
        read: Callable[[Mapping[str, Any]], _T],
        user_agent: str = "",
    ) -> _T:
        headers = {"Content-Type": JSON, "X-Request-ID": current_request_id(), "User-Agent": user_agent}
        answer = await self._auth_service.forward("POST", path, headers, json.dumps(question).encode())
        try:
            body = json.loads(answer.body)
            if answer.status == 200:
                return read(body)
            problem = Problem(answer.status, str(body["code"]), str(body["detail"]))
        except (ValueError, KeyError, TypeError) as error:
            raise ServiceUnavailableError(_SERVICE, "its answer to a sign-in makes no sense") from error
        raise problem
