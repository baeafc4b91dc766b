"""A user gets all data of the account."""

import httpx

from tests.contracts.examples import ADA, an_external_identity
from tests.unit.http.backstage import PASSWORD, Backstage


async def test_the_data_hold_what_is_stored_and_no_secret(
    client: httpx.AsyncClient, backstage: Backstage
) -> None:
    form = {"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}
    tokens = (await client.post("/v1/token", data=form)).json()
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    key = (await client.post("/v1/api-keys", json={"name": "script"})).json()["key"]
    await backstage.external_identities.add(an_external_identity())

    answer = await client.get("/v1/me/data")

    assert answer.headers["Cache-Control"] == "no-store"
    data = answer.json()
    assert (data["id"], data["email"], data["role"]) == (ADA, "ada@example.org", "user")
    assert [session["current"] for session in data["sessions"]] == [True]
    assert [each["name"] for each in data["api_keys"]] == ["script"]
    assert [each["issuer"] for each in data["identities"]] == [an_external_identity().issuer]
    (user,) = [await backstage.users.get(ADA)]
    for secret in (key, tokens["refresh_token"], user.password_hash, "hash"):
        assert secret not in answer.text
