"""Who may call: bearer tokens as RFC 6750 has them."""

import re
from datetime import timedelta

import httpx
import pytest
from joserfc.jwk import OKPKey
from typing_extensions import override

from tests.contracts.examples import ADA, NOW
from tests.unit.http.backstage import Backstage, in_process
from tracklift_adapters.security.token_issuer import Ed25519TokenIssuer
from tracklift_adapters.security.token_verifier import Ed25519TokenVerifier
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import InvalidTokenError
from tracklift_domain.user.access.ports import AccessTokenVerifier
from tracklift_domain.user.email_address import EmailAddress

KEY = OKPKey.generate_key("Ed25519")
ISSUER = Ed25519TokenIssuer(KEY, issuer="http://tracklift.test", lifetime=timedelta(minutes=15))
CALLER = Caller(user_id=ADA, email=EmailAddress("ada@example.org"))
PROTECTED = [
    ("GET", "/v1/me"),
    ("DELETE", "/v1/me"),
    ("POST", "/v1/email-verifications"),
    ("GET", "/v1/sessions"),
    ("DELETE", "/v1/sessions"),
    ("DELETE", "/v1/sessions/x"),
    ("PUT", "/v1/me/password"),
    ("GET", "/v1/me/second-factor"),
    ("POST", "/v1/me/second-factor"),
    ("POST", "/v1/me/second-factor/confirm"),
    ("POST", "/v1/me/second-factor/remove"),
    ("GET", "/v1/api-keys"),
    ("POST", "/v1/api-keys"),
    ("DELETE", "/v1/api-keys/x"),
    ("POST", "/v1/me/email"),
    ("GET", "/v1/me/data"),
    ("POST", "/v1/admin/invitations"),
    ("GET", "/v1/admin/users"),
    ("POST", "/v1/admin/users"),
    ("GET", "/v1/admin/users/x"),
    ("PATCH", "/v1/admin/users/x"),
    ("DELETE", "/v1/admin/users/x"),
    ("POST", "/v1/admin/users/x/password-reset"),
    ("DELETE", "/v1/admin/users/x/second-factor"),
    ("GET", "/v1/admin/conversions"),
    ("GET", "/v1/admin/conversion-states"),
    ("GET", "/v1/admin/dead-letters"),
    ("POST", "/v1/admin/dead-letters/x/x/redrive"),
    ("POST", "/v1/conversions"),
    ("GET", "/v1/conversions"),
    ("GET", "/v1/conversions/x"),
    ("DELETE", "/v1/conversions/x"),
    ("POST", "/v1/conversions/x/cancel"),
    ("POST", "/v1/conversions/x/retry"),
    ("POST", "/v1/conversions/x/again"),
    ("POST", "/v1/uploads"),
    ("HEAD", "/v1/uploads/x"),
    ("PATCH", "/v1/uploads/x"),
    ("DELETE", "/v1/uploads/x"),
    ("GET", "/v1/conversions/x/events"),
    ("GET", "/v1/conversions/archive"),
    ("GET", "/v1/conversions/x/peaks"),
    ("PATCH", "/v1/conversions/x"),
    ("GET", "/v1/conversions/x/audio"),
    ("HEAD", "/v1/conversions/x/audio"),
    ("GET", "/v1/events"),
]
BODIES = {
    "/v1/conversions/x/again": {},
    "/v1/api-keys": {"name": "Recorder"},
    "/v1/me/password": {"present": "x", "new": "y"},
    "/v1/me/second-factor": {"password": "x"},
    "/v1/me/second-factor/confirm": {"code": "x"},
    "/v1/me/second-factor/remove": {"password": "x", "code": "y"},
    "/v1/admin/users": {"email": "x"},
    "/v1/admin/invitations": {"email": "x"},
    "/v1/me/email": {"email": "x"},
    "/v1/admin/users/x": {"role": "user"},
    "/v1/conversions/x": {"name": "x"},
}
"""What is sent to routes that look at the body before they look at the token."""


@pytest.fixture
def backstage() -> Backstage:
    """Check tokens as the shipped verifier does."""
    verifier = Ed25519TokenVerifier(ISSUER.published_keys(), issuer="http://tracklift.test")
    return Backstage(verifier=verifier)


def assert_challenged(answer: httpx.Response) -> None:
    """Refuse a 401 without the challenge of RFC 6750, section 3, or with one that a client can't read."""
    assert answer.status_code == 401
    assert re.fullmatch(
        r'Bearer realm="tracklift"'
        r'(, error="invalid_token", error_description="[\x20-\x21\x23-\x5b\x5d-\x7e]+")?',
        answer.headers["WWW-Authenticate"],
    )


async def ask(client: httpx.AsyncClient, authorization: str) -> httpx.Response:
    return await client.get("/v1/me", headers={"Authorization": authorization})


async def test_a_good_token_tells_who_calls(client: httpx.AsyncClient) -> None:
    token = ISSUER.issue(CALLER, NOW).value

    assert (await ask(client, f"Bearer {token}")).json()["id"] == ADA
    assert (await ask(client, f"bEARER   {token} ")).json()["id"] == ADA


@pytest.mark.parametrize(("method", "path"), PROTECTED)
async def test_every_route_of_a_user_asks_for_a_token(
    client: httpx.AsyncClient, method: str, path: str
) -> None:
    response = await client.request(method, path, json=BODIES.get(path))

    assert response.status_code == 401
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="tracklift"'


async def test_every_operation_that_is_said_to_need_a_token_is_tried_here(client: httpx.AsyncClient) -> None:
    document = (await client.get("/v1/openapi.json")).json()

    secured = {
        (method.upper(), re.sub(r"\{[^}]*\}", "x", path))
        for path, operations in document["paths"].items()
        for method, operation in operations.items()
        if {"bearer": []} in operation.get("security", [])
    }
    assert secured == set(PROTECTED)


@pytest.mark.parametrize(
    "authorization", ["", "Bearer", "Bearer ", "Basic YWRhOnB3", "Token abc", "Bearer\tabc"]
)
async def test_other_credentials_count_as_none(client: httpx.AsyncClient, authorization: str) -> None:
    answer = await ask(client, authorization)

    assert answer.json()["code"] == "missing_token"
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="tracklift"'


@pytest.mark.parametrize(
    "token", ["x", "a.b.c", "a b c", '"', "....", "e30.e30.e30", "x" * 100_000, "\\x00", "%0d%0aX-Evil:1"]
)
async def test_a_malformed_token_is_refused(client: httpx.AsyncClient, token: str) -> None:
    answer = await ask(client, f"Bearer {token}")

    assert_challenged(answer)
    assert answer.json()["code"] == "invalid_token"


async def test_bytes_beyond_ascii_are_refused_as_a_token(client: httpx.AsyncClient) -> None:
    answer = await client.get("/v1/me", headers=[(b"Authorization", b"Bearer \xff\xfe\x80")])

    assert_challenged(answer)


async def test_a_token_whose_time_is_over_is_refused_with_a_code_of_its_own(
    client: httpx.AsyncClient, backstage: Backstage
) -> None:
    token = ISSUER.issue(CALLER, NOW).value
    backstage.clock.advance(timedelta(minutes=16))

    answer = await ask(client, f"Bearer {token}")

    assert_challenged(answer)
    assert answer.json()["code"] == "token_expired"


async def test_a_forged_token_is_refused(client: httpx.AsyncClient) -> None:
    forger = Ed25519TokenIssuer(
        OKPKey.generate_key("Ed25519"), issuer="http://tracklift.test", lifetime=timedelta(minutes=15)
    )

    assert_challenged(await ask(client, f"Bearer {forger.issue(CALLER, NOW).value}"))


async def test_an_altered_token_is_refused(client: httpx.AsyncClient) -> None:
    header, claims, signature = ISSUER.issue(CALLER, NOW).value.split(".")

    assert_challenged(await ask(client, f"Bearer {header}.{claims[::-1]}.{signature}"))
    assert_challenged(await ask(client, f"Bearer {header}.{claims}."))


@pytest.mark.parametrize(
    "other",
    [
        Ed25519TokenIssuer(
            KEY, issuer="http://tracklift.test", audience="mail", lifetime=timedelta(minutes=15)
        ),
        Ed25519TokenIssuer(KEY, issuer="http://elsewhere.test", lifetime=timedelta(minutes=15)),
    ],
    ids=["audience", "issuer"],
)
async def test_a_token_for_another_audience_or_of_another_issuer_is_refused(
    client: httpx.AsyncClient, other: Ed25519TokenIssuer
) -> None:
    assert_challenged(await ask(client, f"Bearer {other.issue(CALLER, NOW).value}"))


class _Wordy(AccessTokenVerifier):
    @override
    def verify(self, token: str, now: object) -> Caller:
        raise InvalidTokenError('the claim "aud"\r\nX-Evil: 1\\ ist für jemand anderen 🔑.')


async def test_whatever_the_reason_says_stays_inside_of_its_header() -> None:
    app = Backstage(verifier=_Wordy()).make_app()
    async with httpx.AsyncClient(transport=in_process(app), base_url="http://tracklift.test") as client:
        answer = await ask(client, "Bearer x")

    assert_challenged(answer)
    assert "X-Evil" not in answer.headers
    assert answer.headers["WWW-Authenticate"].endswith(
        "error_description=\"The access token is not valid: the claim 'aud' X-Evil: 1? ist f?r jemand "
        'anderen ?. Log in again."'
    )
