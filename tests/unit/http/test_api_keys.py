"""API keys over HTTP: made, listed, revoked, and used as bearer tokens."""

import json
import re
from datetime import timedelta
from typing import Any, ClassVar

import httpx
import pytest

from tests.contracts.examples import ADA, BOB, DAY, NOW
from tests.unit.http.backstage import Backstage
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.user.api_key.api_key import write_api_key

PATH = "/v1/api-keys"
JSON = {"Content-Type": "application/json"}
BODY = {"name": "x", "present": "x", "new": "y", "email": "x"}
"""Whatever a route that reads its body first asks for."""
UNKNOWN = write_api_key("never made")
MALFORMED = [
    UNKNOWN[:-1],
    UNKNOWN + "x",
    "tl_",
    "tl_" + "x" * 100_000,
    "tl_' OR 1=1 --",
    UNKNOWN[:-6] + "000000",
]


async def make(client: httpx.AsyncClient, **fields: Any) -> dict[str, Any]:
    """Make a key, and give what is answered."""
    answer = await client.post(PATH, json={"name": "Recorder", **fields})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def bearer(key: str) -> dict[str, str]:
    """Send a key."""
    return {"Authorization": f"Bearer {key}"}


class TestMaking:
    async def test_a_key_is_shown_once_and_works_as_a_bearer_token(self, ada: httpx.AsyncClient) -> None:
        answer = await ada.post(PATH, json={"name": "Recorder"})

        made = answer.json()
        key = made.pop("key")
        assert made == {
            "id": made["id"],
            "name": "Recorder",
            "scopes": ["convert", "read"],
            "created_at": "2026-02-03T04:05:06.789123Z",
            "expires_at": None,
            "last_used_at": None,
        }
        assert answer.headers["Cache-Control"] == "no-store"
        listed = await ada.get(PATH)
        assert listed.json() == {"items": [made]}
        assert key not in listed.text
        assert (await ada.get("/v1/conversions", headers=bearer(key))).status_code == 200

    async def test_scopes_and_end_are_those_that_were_asked_for(self, ada: httpx.AsyncClient) -> None:
        made = await make(ada, scopes=["read", "read"], expires_at="2026-03-01T12:00:00+02:00")

        assert made["scopes"] == ["read"]
        assert made["expires_at"] == "2026-03-01T10:00:00Z"

    @pytest.mark.parametrize(
        ("fields", "field"),
        [
            ({}, "name"),
            ({"name": ""}, "name"),
            ({"name": 1}, "name"),
            ({"name": None}, "name"),
            ({"name": "x" * 101}, "name"),
            ({"name": "a\nb"}, "name"),
            ({"name": "x", "scopes": []}, "scopes"),
            ({"name": "x", "expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
            ({"name": "x", "expires_at": "2026-03-01T12:00:00"}, "expires_at"),
            ({"name": "x", "expires_at": "9999-12-31T23:59:59-23:59"}, "expires_at"),
            ({"name": "x", "expires_at": "tomorrow"}, "expires_at"),
        ],
    )
    async def test_a_field_that_can_not_be_is_named(
        self, ada: httpx.AsyncClient, fields: dict[str, object], field: str
    ) -> None:
        answer = await ada.post(PATH, json=fields)

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert answer.json()["field"] == field
        assert (await ada.get(PATH)).json() == {"items": []}

    @pytest.mark.parametrize("scopes", [["account"], ["CONVERT"], [""], "read", [1], [None], {"read": 1}])
    async def test_a_scope_that_there_is_not_is_refused(self, ada: httpx.AsyncClient, scopes: object) -> None:
        answer = await ada.post(PATH, json={"name": "x", "scopes": scopes})

        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
        assert "scopes" in answer.json()["detail"]

    @pytest.mark.parametrize("body", ["", "{", "[]", '"x"', "null", "[" * 60_000, '{"name": "\\ud800"}'])
    async def test_a_body_that_is_no_such_object_is_refused(self, ada: httpx.AsyncClient, body: str) -> None:
        answer = await ada.post(PATH, content=body, headers=JSON)

        assert answer.status_code == 400

    async def test_a_body_that_is_not_said_to_be_json_is_refused(self, ada: httpx.AsyncClient) -> None:
        answer = await ada.post(
            PATH, content=json.dumps({"name": "x"}), headers={"Content-Type": "text/plain"}
        )

        assert answer.status_code == 415

    async def test_a_body_beyond_all_measure_is_refused(self, ada: httpx.AsyncClient) -> None:
        answer = await ada.post(PATH, content=json.dumps({"name": "x" * 100_000}), headers=JSON)

        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")

    async def test_a_user_has_a_bounded_number_of_keys(self, ada: httpx.AsyncClient) -> None:
        """And room for another as soon as one is revoked."""
        made = [await make(ada) for _ in range(20)]

        answer = await ada.post(PATH, json={"name": "x"})
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_api_keys")

        assert (await ada.delete(f"{PATH}/{made[0]['id']}")).status_code == 204
        await make(ada)

    async def test_there_is_no_key_for_a_user_who_is_gone(self, ada: httpx.AsyncClient) -> None:
        await ada.delete("/v1/me")

        answer = await ada.post(PATH, json={"name": "x"})

        assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


class TestRevoking:
    async def test_a_revoked_key_is_refused_within_a_minute(
        self, ada: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        made = await make(ada)
        assert (await ada.get("/v1/conversions", headers=bearer(made["key"]))).status_code == 200

        answer = await ada.delete(f"{PATH}/{made['id']}")
        backstage.clock.advance(timedelta(minutes=1))

        assert (answer.status_code, answer.content) == (204, b"")
        refused = await ada.get("/v1/conversions", headers=bearer(made["key"]))
        assert (refused.status_code, refused.json()["code"]) == (401, "invalid_api_key")

    async def test_revoking_twice_finds_no_key_the_second_time(self, ada: httpx.AsyncClient) -> None:
        made = await make(ada)
        await ada.delete(f"{PATH}/{made['id']}")

        answer = await ada.delete(f"{PATH}/{made['id']}")

        assert (answer.status_code, answer.json()["code"]) == (404, "api_key_not_found")

    @pytest.mark.parametrize("key_id", ["x", "0" * 32, "%00", "x" * 4000, "..%2f..", "' OR 1=1 --"])
    async def test_what_is_no_id_of_a_key_is_not_found(self, ada: httpx.AsyncClient, key_id: str) -> None:
        answer = await ada.delete(f"{PATH}/{key_id}")

        assert answer.status_code == 404

    async def test_a_key_of_another_user_is_not_there(
        self, ada: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        made = await make(ada)

        bob = backstage.headers(BOB)
        assert (await ada.get(PATH, headers=bob)).json() == {"items": []}
        assert (await ada.delete(f"{PATH}/{made['id']}", headers=bob)).status_code == 404
        assert (await ada.get("/v1/me", headers=bearer(made["key"]))).status_code == 200


class TestUsing:
    async def test_a_key_names_its_user(self, ada: httpx.AsyncClient) -> None:
        made = await make(ada)

        answer = await ada.get("/v1/me", headers=bearer(made["key"]))

        assert answer.json()["id"] == ADA

    async def test_the_list_says_when_a_key_was_used_last(self, ada: httpx.AsyncClient) -> None:
        made = await make(ada)
        await ada.get("/v1/me", headers=bearer(made["key"]))

        (listed,) = (await ada.get(PATH)).json()["items"]

        assert listed["last_used_at"] == "2026-02-03T04:00:00Z"

    @pytest.mark.parametrize("key", [UNKNOWN, *MALFORMED])
    async def test_a_key_that_is_none_is_refused(self, client: httpx.AsyncClient, key: str) -> None:
        for path in ("/v1/me", "/v1/conversions"):
            answer = await client.get(path, headers=bearer(key))

            assert (answer.status_code, answer.json()["code"]) == (401, "invalid_api_key")
            assert re.fullmatch(
                r'Bearer realm="tracklift", error="invalid_token", error_description="The API key is [^"]+"',
                answer.headers["WWW-Authenticate"],
            )

    @pytest.mark.parametrize("key", MALFORMED)
    async def test_a_key_that_was_cut_or_mistyped_is_refused_without_a_look_up(
        self, client: httpx.AsyncClient, backstage: Backstage, key: str
    ) -> None:
        backstage.key_storage.error = ServiceUnavailableError("The database", "it is down.")

        assert (await client.get("/v1/conversions", headers=bearer(key))).status_code == 401

    async def test_an_expired_key_is_refused_with_a_code_of_its_own(
        self, ada: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        made = await make(ada, expires_at=(NOW + DAY).isoformat())
        backstage.clock.advance(DAY)

        answer = await ada.get("/v1/conversions", headers=bearer(made["key"]))

        assert (answer.status_code, answer.json()["code"]) == (401, "api_key_expired")

    async def test_a_key_that_can_not_be_looked_up_is_neither_good_nor_bad(
        self, client: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        backstage.key_storage.error = ServiceUnavailableError("The database", "it is down.")

        answer = await client.get("/v1/conversions", headers=bearer(UNKNOWN))

        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        assert answer.headers["Retry-After"]

    async def test_a_known_key_works_while_keys_can_not_be_looked_up(
        self, ada: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        """For a quarter of an hour."""
        key = bearer((await make(ada))["key"])
        await ada.get("/v1/conversions", headers=key)
        backstage.key_storage.error = ServiceUnavailableError("The database", "it is down.")

        backstage.clock.advance(timedelta(minutes=14))
        assert (await ada.get("/v1/conversions", headers=key)).status_code == 200
        backstage.clock.advance(timedelta(minutes=1))
        assert (await ada.get("/v1/conversions", headers=key)).status_code == 503


class TestScopes:
    ALLOWED: ClassVar = {
        "read": {
            "get_me",
            "list_conversions",
            "get_conversion",
            "download_archive",
            "get_peaks",
            "download_audio",
            "describe_audio",
            "watch_conversion",
            "watch_conversions",
        },
        "convert": {
            "submit_conversion",
            "cancel_conversion",
            "rename_conversion",
            "retry_conversion",
            "convert_again",
            "delete_conversion",
            "begin_upload",
            "get_upload",
            "append_to_upload",
            "discard_upload",
        },
    }

    @pytest.mark.parametrize("scope", ["convert", "read"])
    async def test_a_key_is_refused_all_that_its_scope_does_not_allow(
        self, ada: httpx.AsyncClient, document: dict[str, Any], scope: str
    ) -> None:
        """A route that names no scope refuses every key: one that is added later is closed until it is opened."""
        key = bearer((await make(ada, scopes=[scope]))["key"])
        refused: set[str] = set()
        allowed: set[str] = set()
        for path, operations in document["paths"].items():
            for method, operation in operations.items():
                if {"bearer": []} not in operation.get("security", []):
                    continue
                address = re.sub(r"\{[^}]*\}", "x", path)
                if operation["operationId"] == "watch_conversions":
                    continue  # An answer without an end: see below.
                answer = await ada.request(method, address, headers=key, json=BODY)
                (refused if answer.status_code == 403 else allowed).add(operation["operationId"])
                if answer.status_code == 403 and method != "head":
                    assert answer.json()["code"] == "insufficient_scope"
                    assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]

        assert allowed == self.ALLOWED[scope] - {"watch_conversions"}
        assert {
            "create_api_key",
            "list_api_keys",
            "revoke_api_key",
            "delete_me",
            "change_password",
        } <= refused

    async def test_a_stream_of_all_events_needs_the_scope_to_read(self, ada: httpx.AsyncClient) -> None:
        key = bearer((await make(ada, scopes=["convert"]))["key"])

        answer = await ada.get("/v1/events", headers=key)

        assert answer.status_code == 403
        assert answer.headers["WWW-Authenticate"].endswith(', scope="read"')

    async def test_what_no_key_allows_names_no_scope(self, ada: httpx.AsyncClient) -> None:
        key = bearer((await make(ada))["key"])

        answer = await ada.post(PATH, json={"name": "x"}, headers=key)

        assert answer.status_code == 403
        assert "scope=" not in answer.headers["WWW-Authenticate"].replace("insufficient_scope", "")
        assert len((await ada.get(PATH)).json()["items"]) == 1


class TestBetweenServices:
    async def test_what_is_between_services_is_not_reached_from_outside(self, ada: httpx.AsyncClient) -> None:
        for method in ("GET", "POST"):
            answer = await ada.request(method, "/internal/api-keys/verify", json={"key_hash": "0" * 64})
            assert answer.status_code == 404
