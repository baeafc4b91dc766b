"""Accounts: sign up, show, delete."""

import json

import httpx
import pytest

from tests.contracts.examples import ADA, NOW
from tests.unit.http.backstage import PASSWORD, Backstage
from tracklift_domain.user.errors import UserNotFoundError
from tracklift_domain.user.events import UserDeleted


async def test_signing_up_makes_an_account_and_shows_it_without_the_password(
    client: httpx.AsyncClient,
) -> None:
    answer = await client.post("/v1/users", json={"email": " Carol@Example.org ", "password": PASSWORD})

    assert answer.status_code == 201
    assert answer.json() == {
        "id": answer.json()["id"],
        "email": "carol@example.org",
        "email_verified": False,
        "role": "user",
        "created_at": "2026-02-03T04:05:06.789123Z",
    }
    login = {"grant_type": "password", "username": "carol@example.org", "password": PASSWORD}
    assert (await client.post("/v1/token", data=login)).status_code == 200


@pytest.mark.parametrize("email", ["", "carol", "carol@", "@example.org", "a b@example.org", "a@b\nc.org"])
async def test_an_address_that_is_none_is_refused(client: httpx.AsyncClient, email: str) -> None:
    answer = await client.post("/v1/users", json={"email": email, "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_email")


@pytest.mark.parametrize("password", ["", "short", "aaaaaaaaaaaaaaa", "x" * 257, "carol@example.org"])
async def test_a_weak_password_is_refused(client: httpx.AsyncClient, password: str) -> None:
    answer = await client.post("/v1/users", json={"email": "carol@example.org", "password": password})

    assert (answer.status_code, answer.json()["code"]) == (400, "weak_password")


async def test_an_address_that_has_an_account_is_refused_whatever_its_case(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/users", json={"email": "ADA@example.org", "password": PASSWORD})

    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")


async def test_fields_that_signing_up_does_not_have_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/users", json={"email": "carol@example.org", "password": PASSWORD, "is_admin": True}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["field"] == "is_admin"
    assert answer.json()["detail"] == "is_admin: is not a field of this request."


@pytest.mark.parametrize("text", [r"\ud800", r"\udc00", r"\ud800 and more text behind it"])
async def test_half_of_a_surrogate_pair_is_refused_as_no_valid_json(
    client: httpx.AsyncClient, text: str
) -> None:
    answer = await client.post(
        "/v1/users", content=f'{{"email": "{text}"}}', headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert answer.json()["detail"].startswith("The body is not valid JSON")
    assert "truncated" not in answer.text


@pytest.mark.parametrize("body", ["{", "", "{'email': 1}", '{"email": "a', "nul", "\ufeff{}", "{}{}"])
async def test_what_is_not_json_is_refused(client: httpx.AsyncClient, body: str) -> None:
    answer = await client.post("/v1/users", content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["code"] in {"bad_request", "invalid_request"}


async def test_bytes_that_are_no_text_are_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/users", content=b'{"email": "\xff\xfe"}', headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400


async def test_json_that_is_nested_without_end_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/users", content="[" * 60_000, headers={"Content-Type": "application/json"}
    )

    assert answer.status_code == 400


async def test_half_a_character_in_a_password_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/users",
        content=rb'{"email": "carol@example.org", "password": "correct horse \ud800"}',
        headers={"Content-Type": "application/json"},
    )

    assert answer.status_code == 400


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ([1], "body"),
        ("text", "body"),
        (None, "body"),
        ({"email": 1, "password": PASSWORD}, "email"),
        ({"email": "carol@example.org", "password": ["x"]}, "password"),
    ],
)
async def test_json_of_another_shape_is_refused_by_the_name_of_the_field(
    client: httpx.AsyncClient, body: object, field: str
) -> None:
    answer = await client.post(
        "/v1/users", content=json.dumps(body), headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["field"] == field
    assert answer.json()["errors"][0]["field"] == field


async def test_a_missing_field_is_named(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/users", json={"email": "carol@example.org"})

    assert answer.status_code == 400
    assert answer.json()["field"] == "password"
    assert answer.json()["detail"] == "password: is missing."


async def test_an_empty_body_is_said_to_be_missing(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/users", headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
    assert answer.json()["detail"] == "body: is missing."


@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", "video/mp4", ""])
async def test_a_body_that_is_not_said_to_be_json_is_refused(
    client: httpx.AsyncClient, content_type: str
) -> None:
    answer = await client.post("/v1/users", content="{}", headers={"Content-Type": content_type})

    assert answer.status_code == 415
    assert answer.headers["Accept-Post"] == "application/json"


async def test_parameters_and_case_of_a_media_type_do_not_matter(client: httpx.AsyncClient) -> None:
    answer = await client.post(
        "/v1/users",
        content=f'{{"email": "carol@example.org", "password": "{PASSWORD}"}}',
        headers={"Content-Type": "Application/JSON; charset=utf-8"},
    )

    assert answer.status_code == 201


async def test_the_account_of_the_caller_is_shown(ada: httpx.AsyncClient) -> None:
    answer = await ada.get("/v1/me")

    assert answer.status_code == 200
    account = answer.json()
    assert account.pop("quotas")["conversions_in_flight"]["used"] == 0
    assert account == {
        "id": ADA,
        "email": "ada@example.org",
        "email_verified": False,
        "role": "user",
        "created_at": NOW.isoformat()[:-6] + "Z",
    }


async def test_deleting_the_account_announces_it_and_ends_every_session(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    login = {"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}
    refresh_token = (await ada.post("/v1/token", data=login)).json()["refresh_token"]

    answer = await ada.delete("/v1/me")

    assert (answer.status_code, answer.content) == (204, b"")
    with pytest.raises(UserNotFoundError):
        await backstage.users.get(ADA)
    assert [type(event) for event in await backstage.outbox.pending(limit=10)] == [UserDeleted]
    refresh = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    assert (await ada.post("/v1/token", data=refresh)).json()["code"] == "invalid_grant"
    assert (await ada.post("/v1/token", data=login)).json()["code"] == "wrong_credentials"


async def test_a_token_that_outlives_its_account_finds_none(ada: httpx.AsyncClient) -> None:
    await ada.delete("/v1/me")

    assert (await ada.get("/v1/me")).status_code == 404
    assert (await ada.delete("/v1/me")).status_code == 404
