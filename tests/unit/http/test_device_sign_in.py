"""Routes with which a program signs its user in with a provider."""

from datetime import timedelta

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PROVIDER, Backstage

BEGIN = "/v1/device-sign-ins"
COMPLETE = f"{BEGIN}/token"


@pytest.fixture(autouse=True)
async def ada_has_verified_her_address(app: Litestar, backstage: Backstage) -> None:
    user = await backstage.users.get(ADA)
    await backstage.users.replace(user.with_verified_email(backstage.clock.now()))


async def test_tokens_come_once_the_user_has_signed_in(
    client: httpx.AsyncClient, backstage: Backstage
) -> None:
    begun = await client.post(BEGIN, json={"provider": PROVIDER})
    shown = begun.json()
    assert (begun.status_code, begun.headers["Cache-Control"]) == (200, "no-store")
    assert {name: shown[name] for name in shown if name != "device_code"} == {
        "user_code": "ABCD-EFGH",
        "verification_uri": "https://login.example.org/authorize",
        "verification_uri_complete": None,
        "expires_in": 600,
        "interval": 5,
    }
    code = {"device_code": shown["device_code"]}
    pending = await client.post(COMPLETE, json=code)
    hasty = await client.post(COMPLETE, json=code)
    assert [(each.status_code, each.json()["code"]) for each in (pending, hasty)] == [
        (400, "authorization_pending"),
        (400, "slow_down"),
    ]

    backstage.identity_provider.has_signed_in_for_device = True
    backstage.clock.advance(timedelta(seconds=5))
    answer = await client.post(COMPLETE, json=code)

    tokens = answer.json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert tokens["token_type"] == "Bearer"
    me = await client.get("/v1/me", headers={"Authorization": f"Bearer {tokens['access_token']}"})
    assert me.json()["id"] == ADA
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert (await client.post("/v1/token", data=form)).status_code == 200


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        (BEGIN, {"provider": "other"}, 404, "provider_not_found"),
        (BEGIN, {}, 400, "invalid_request"),
        (BEGIN, {"provider": 7}, 400, "invalid_request"),
        (BEGIN, {"provider": "x" * 100_000}, 413, "too_large"),
        (COMPLETE, {"device_code": "none"}, 400, "expired_token"),
        (COMPLETE, {}, 400, "invalid_request"),
    ],
)
async def test_what_is_wrong_is_told(
    client: httpx.AsyncClient, path: str, body: dict[str, object], status: int, code: str
) -> None:
    answer = await client.post(path, json=body)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_provider_that_is_not_for_programs_or_is_down_is_told(
    client: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.identity_provider.offers_device_sign_in = False
    not_offered = await client.post(BEGIN, json={"provider": PROVIDER})
    backstage.identity_provider.is_down = True
    down = await client.post(BEGIN, json={"provider": PROVIDER})

    assert (not_offered.status_code, not_offered.json()["code"]) == (409, "no_device_sign_in")
    assert "API key" in not_offered.json()["detail"]
    assert (down.status_code, down.json()["code"]) == (503, "service_unavailable")
