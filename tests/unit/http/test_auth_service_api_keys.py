"""The gateway asks auth about API keys, over HTTP; no network in between."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from typing_extensions import override

from tests.contracts.api_key_verifier import ApiKeyVerifierContract, KeyStock
from tests.contracts.examples import NOW, a_user
from tests.unit.http.backstage import Backstage, auth_use_cases, in_process
from tracklift_adapters.auth_service.api_keys import AuthServiceApiKeys
from tracklift_auth.app import create_app
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.identify_caller import IdentifyCaller
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.api_key.api_key import hash_api_key, write_api_key
from tracklift_domain.user.api_key.identify_bearer import IdentifyBearer
from tracklift_domain.user.api_key.ports import ApiKeyVerifier

ANSWER: dict[str, Any] = {
    "user_id": "a" * 32,
    "email": "ada@example.org",
    "email_verified": True,
    "key_id": "b" * 32,
    "scopes": ["read"],
    "expires_at": None,
}
WRONG: list[tuple[str, Any]] = [
    *(("user_id", value) for value in ("", None, 1)),
    *(("email", value) for value in ("", None, 1, "ada")),
    *(("key_id", value) for value in ("", None, 1)),
    *(("scopes", value) for value in (None, 1)),
    *(("expires_at", value) for value in (1, "tomorrow", "2026-01-01T00:00:00")),
]


class TestAuthServiceApiKeys(ApiKeyVerifierContract):
    @pytest.fixture
    @override
    async def stock(self, backstage: Backstage) -> KeyStock:
        stock = KeyStock(backstage.clock, backstage.users, backstage.keys)
        await stock.users.add(a_user(email="ada.ünïcode@example.org", email_verified_at=NOW))
        return stock

    @pytest.fixture
    @override
    async def verifier(self, stock: KeyStock, backstage: Backstage) -> AsyncIterator[ApiKeyVerifier]:
        use_cases = auth_use_cases(backstage)
        identify_caller = IdentifyCaller(verifier=backstage.tokens, clock=backstage.clock)
        identify_bearer = IdentifyBearer(identify_caller=identify_caller, keys=use_cases.verify_api_key())
        auth = create_app(use_cases, identify_bearer, checks={})
        verifier = AuthServiceApiKeys("http://auth.test", transport=in_process(auth))
        yield verifier
        await verifier.close()
        await verifier.close()


async def ask(answer: httpx.Response | Exception) -> Caller:
    """Ask a service that answers as the test says."""

    def give(_request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    verifier = AuthServiceApiKeys("http://auth.test", transport=httpx.MockTransport(give))
    try:
        return await verifier.verify("0" * 64)
    finally:
        await verifier.close()


@pytest.mark.parametrize(
    "answer",
    [
        httpx.ConnectError("refused"),
        httpx.ReadTimeout(""),
        httpx.Response(404, json={"code": "not_found"}),
        httpx.Response(404, json={"code": "invalid_api_key"}),
        httpx.Response(401, json={"code": "missing_token"}),
        httpx.Response(401, json={}),
        httpx.Response(401, json=[]),
        httpx.Response(401, content=b"<html>"),
        httpx.Response(500, json={"code": "internal_error"}),
        httpx.Response(503, json={"code": "service_unavailable"}),
        httpx.Response(302, headers={"Location": "http://elsewhere.test"}, json={"code": "invalid_api_key"}),
        httpx.Response(200, content=b"\xff"),
        httpx.Response(200, json=[]),
        httpx.Response(200, json=None),
        httpx.Response(200, json={}),
        *(httpx.Response(200, json={**ANSWER, name: value}) for name, value in WRONG),
    ],
)
async def test_whatever_is_no_clear_answer_is_an_outage(answer: httpx.Response | Exception) -> None:
    """A key is not refused by a service of the release before, which knows no keys, nor by a proxy in between."""
    with pytest.raises(ServiceUnavailableError):
        await ask(answer)


async def test_fields_and_scopes_of_a_newer_release_are_ignored() -> None:
    caller = await ask(httpx.Response(200, json={**ANSWER, "scopes": ["publish", "read"], "mood": "good"}))

    assert caller.scopes == frozenset({Scope.READ})


@pytest.mark.parametrize("verified", [None, 0, 1, "true", False])
async def test_an_address_is_verified_only_where_it_is_said_to_be(verified: object) -> None:
    assert not (await ask(httpx.Response(200, json={**ANSWER, "email_verified": verified}))).email_verified


async def test_a_service_that_never_answers_is_given_up() -> None:
    """Also one that sends a byte now and then, which keeps each step of the client within its time."""

    class Endless(httpx.AsyncBaseTransport):
        @override
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            await asyncio.Event().wait()
            raise AssertionError

    verifier = AuthServiceApiKeys(
        "http://auth.test", patience=timedelta(milliseconds=10), transport=Endless()
    )
    with pytest.raises(ServiceUnavailableError):
        await verifier.verify("0" * 64)
    await verifier.close()


async def test_the_service_is_told_the_hash_and_never_the_key() -> None:
    asked: list[bytes] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request.content)
        return httpx.Response(200, json=ANSWER)

    verifier = AuthServiceApiKeys("http://auth.test", transport=httpx.MockTransport(note))
    key = write_api_key("a secret")
    await verifier.verify(hash_api_key(key))
    await verifier.close()

    assert json.loads(asked[0]) == {"key_hash": hash_api_key(key)}
    assert key.encode() not in asked[0]
