"""A user's sessions over HTTP, and the password of a user who is logged in."""

from typing import Any

import httpx
import pytest

from tests.contracts.examples import BOB
from tests.unit.http.backstage import PASSWORD, Backstage

SAME_ORIGIN = {"Sec-Fetch-Site": "same-origin"}
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0"
NEW = "another good pass phrase"
LOGIN = {"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}


async def log_in(client: httpx.AsyncClient, user_agent: str = FIREFOX) -> dict[str, Any]:
    """Begin a session, and give its tokens."""
    answer = await client.post("/v1/token", data=LOGIN, headers={"User-Agent": user_agent})
    return dict(answer.raise_for_status().json())


def bearer(tokens: dict[str, Any]) -> dict[str, str]:
    """Send an access token."""
    return {"Authorization": f"Bearer {tokens['access_token']}"}


async def is_renewed(client: httpx.AsyncClient, tokens: dict[str, Any]) -> bool:
    """Tell whether a session goes on."""
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    return (await client.post("/v1/token", data=form)).status_code == 200


class TestListing:
    async def test_sessions_are_listed_with_their_devices(self, client: httpx.AsyncClient) -> None:
        await log_in(client, "curl/8.5.0")
        tokens = await log_in(client)

        items = (await client.get("/v1/sessions", headers=bearer(tokens))).json()["items"]

        assert {(item["device"], item["current"]) for item in items} == {
            ("Firefox on Linux", True),
            ("curl/8.5.0", False),
        }
        assert items[0].keys() == {
            "id",
            "device",
            "created_at",
            "last_used_at",
            "expires_at",
            "current",
        }

    async def test_a_browser_sees_its_own_session(self, client: httpx.AsyncClient) -> None:
        credentials = {"email": "ada@example.org", "password": PASSWORD}
        await client.post("/v1/session", json=credentials, headers={"User-Agent": FIREFOX})

        (item,) = (await client.get("/v1/sessions")).json()["items"]

        assert (item["device"], item["current"]) == ("Firefox on Linux", True)

    @pytest.mark.parametrize("user_agent", ["", "x" * 10_000, "<b>", "\t"])
    async def test_a_program_may_call_itself_anything(
        self, client: httpx.AsyncClient, user_agent: str
    ) -> None:
        tokens = await log_in(client, user_agent)

        (item,) = (await client.get("/v1/sessions", headers=bearer(tokens))).json()["items"]

        assert item["device"] is None or len(item["device"]) <= 64


class TestEnding:
    async def test_one_session_is_ended_from_another(self, client: httpx.AsyncClient) -> None:
        lost, own = await log_in(client, "a lost phone"), await log_in(client)
        items = (await client.get("/v1/sessions", headers=bearer(own))).json()["items"]
        (lost_id,) = [item["id"] for item in items if not item["current"]]

        answer = await client.delete(f"/v1/sessions/{lost_id}", headers=bearer(own))

        assert (answer.status_code, answer.content) == (204, b"")
        assert not await is_renewed(client, lost)
        assert await is_renewed(client, own)
        again = await client.delete(f"/v1/sessions/{lost_id}", headers=bearer(own))
        assert (again.status_code, again.json()["code"]) == (404, "no_such_session")

    async def test_a_session_of_another_user_is_not_there(
        self, client: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        own = await log_in(client)
        (item,) = (await client.get("/v1/sessions", headers=bearer(own))).json()["items"]

        answer = await client.delete(f"/v1/sessions/{item['id']}", headers=backstage.headers(BOB))

        assert answer.status_code == 404
        assert await is_renewed(client, own)

    async def test_all_sessions_are_ended_at_once(self, client: httpx.AsyncClient) -> None:
        other, own = await log_in(client), await log_in(client)

        answer = await client.delete("/v1/sessions", headers=bearer(own))

        assert (answer.status_code, answer.content) == (204, b"")
        assert not await is_renewed(client, other)
        assert not await is_renewed(client, own)


class TestChangingThePassword:
    async def test_the_new_password_counts_and_other_sessions_end(self, client: httpx.AsyncClient) -> None:
        other, own = await log_in(client), await log_in(client)

        answer = await client.put(
            "/v1/me/password", json={"present": PASSWORD, "new": NEW}, headers=bearer(own)
        )

        assert (answer.status_code, answer.content) == (204, b"")
        assert not await is_renewed(client, other)
        assert await is_renewed(client, own)
        assert (await client.post("/v1/token", data=LOGIN)).json()["code"] == "wrong_credentials"
        assert (await client.post("/v1/token", data={**LOGIN, "password": NEW})).status_code == 200

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"present": "wrong", "new": NEW}, "wrong_password"),
            ({"present": "", "new": NEW}, "wrong_password"),
            ({"present": "x" * 50_000, "new": NEW}, "wrong_password"),
            ({"present": PASSWORD, "new": "short"}, "weak_password"),
            ({"present": PASSWORD, "new": "x" * 50_000}, "weak_password"),
            ({"present": PASSWORD}, "invalid_request"),
            ({"new": NEW}, "invalid_request"),
            ({"present": 1, "new": NEW}, "invalid_request"),
            ([], "invalid_request"),
        ],
    )
    async def test_what_can_not_be_changes_nothing(
        self, client: httpx.AsyncClient, body: object, code: str
    ) -> None:
        own = await log_in(client)

        answer = await client.put("/v1/me/password", json=body, headers=bearer(own))

        assert (answer.status_code, answer.json()["code"]) == (400, code)
        assert (await client.post("/v1/token", data=LOGIN)).status_code == 200

    async def test_another_site_changes_no_password(self, client: httpx.AsyncClient) -> None:
        await client.post("/v1/session", json={"email": "ada@example.org", "password": PASSWORD})

        body = {"present": PASSWORD, "new": NEW}
        refused = await client.put("/v1/me/password", json=body, headers={"Sec-Fetch-Site": "same-site"})
        taken = await client.put("/v1/me/password", json=body, headers=SAME_ORIGIN)

        assert (refused.status_code, taken.status_code) == (403, 204)
