"""The token endpoint (RFC 6749), revocation (RFC 7009) and the published keys."""

import asyncio
import re
from datetime import timedelta

import httpx
import pytest

from tests.unit.http.backstage import DAY, PASSWORD, Backstage
from tracklift_domain.errors import ServiceUnavailableError, TooBusyError
from tracklift_domain.user.password.password import MOST_CHECKED_AT_ONCE

LOGIN = {"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
DESCRIPTION = re.compile(r"[\x20-\x21\x23-\x5b\x5d-\x7e]+")


def assert_oauth_error(answer: httpx.Response, status: int, error: str) -> None:
    """Refuse an answer that a client of RFC 6749, section 5.2 could not read."""
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert DESCRIPTION.fullmatch(answer.json()["error_description"])
    assert answer.headers["Cache-Control"] == "no-store"


async def test_a_password_gives_a_pair_of_tokens_that_is_not_to_be_cached(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/token", data=LOGIN)

    assert answer.status_code == 200
    assert answer.json().keys() == {
        "access_token",
        "token_type",
        "expires_in",
        "refresh_token",
        "refresh_expires_in",
    }
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("Bearer", 900)
    assert answer.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {answer.json()['access_token']}"}
    assert (await client.get("/v1/me", headers=headers)).json()["email"] == "ada@example.org"


async def test_the_address_may_be_written_in_any_case(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/token", data={**LOGIN, "username": "Ada@EXAMPLE.org"})).status_code == 200


async def test_signs_of_a_form_are_decoded(client: httpx.AsyncClient) -> None:
    body = "grant_type=password&username=ada%40example.org&password=correct+horse%20battery"

    assert (await client.post("/v1/token", content=body, headers=FORM)).status_code == 200


async def test_a_refresh_token_gives_new_tokens_and_is_good_once(client: httpx.AsyncClient) -> None:
    first = (await client.post("/v1/token", data=LOGIN)).json()["refresh_token"]
    refresh = {"grant_type": "refresh_token", "refresh_token": first}

    second = await client.post("/v1/token", data=refresh)

    assert second.status_code == 200
    assert second.json()["refresh_token"] != first
    assert_oauth_error(await client.post("/v1/token", data=refresh), 400, "invalid_grant")


async def test_a_refresh_token_whose_time_is_over_is_refused(
    client: httpx.AsyncClient, backstage: Backstage
) -> None:
    token = (await client.post("/v1/token", data=LOGIN)).json()["refresh_token"]
    backstage.clock.advance(30 * DAY + timedelta(seconds=1))

    answer = await client.post("/v1/token", data={"grant_type": "refresh_token", "refresh_token": token})

    assert_oauth_error(answer, 400, "invalid_grant")


@pytest.mark.parametrize("token", ["x", ".", "a.b", "a" * 5000, "ü.ü", "\0.\0", "a.b.c"])
async def test_what_is_no_refresh_token_is_refused(client: httpx.AsyncClient, token: str) -> None:
    answer = await client.post("/v1/token", data={"grant_type": "refresh_token", "refresh_token": token})

    assert_oauth_error(answer, 400, "invalid_grant")


async def test_a_wrong_password_and_an_unknown_address_are_answered_alike(client: httpx.AsyncClient) -> None:
    wrong = await client.post("/v1/token", data={**LOGIN, "password": "wrong horse battery"})
    unknown = await client.post("/v1/token", data={**LOGIN, "username": "eve@example.org"})

    assert_oauth_error(wrong, 400, "invalid_grant")
    assert wrong.content == unknown.content
    assert wrong.json()["code"] == "wrong_credentials"


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": ""},
        {"grant_type": "password"},
        {"grant_type": "password", "username": "ada@example.org"},
        {"grant_type": "password", "username": "ada@example.org", "password": ""},
        {"grant_type": "password", "password": PASSWORD},
        {"grant_type": "refresh_token"},
        {"username": "ada@example.org", "password": PASSWORD},
    ],
)
async def test_a_form_that_lacks_something_is_an_invalid_request(
    client: httpx.AsyncClient, form: dict[str, str]
) -> None:
    answer = await client.post("/v1/token", data={"scope": "ignored", **form})

    assert_oauth_error(answer, 400, "invalid_request")


async def test_another_kind_of_grant_is_not_supported(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/token", data={"grant_type": "client_credentials"})

    assert_oauth_error(answer, 400, "unsupported_grant_type")


async def test_a_field_that_comes_twice_is_refused_by_its_name(client: httpx.AsyncClient) -> None:
    body = "grant_type=password&username=ada%40example.org&password=a&password=b"

    answer = await client.post("/v1/token", content=body, headers=FORM)

    assert_oauth_error(answer, 400, "invalid_request")
    assert answer.json()["field"] == "password"


async def test_fields_that_nobody_asked_for_may_come_as_often_as_they_like(client: httpx.AsyncClient) -> None:
    body = "scope=a&scope=b&grant_type=password&username=ada%40example.org&password=correct+horse+battery"

    assert (await client.post("/v1/token", content=body, headers=FORM)).status_code == 200


@pytest.mark.parametrize("body", [b"grant_type=\xff", b"grant_type=%ff"])
async def test_a_form_that_is_not_a_text_is_refused(client: httpx.AsyncClient, body: bytes) -> None:
    answer = await client.post("/v1/token", content=body, headers=FORM)

    assert_oauth_error(answer, 400, "invalid_request")
    assert answer.json()["code"] == "malformed_form"


@pytest.mark.parametrize("path", ["/v1/token", "/v1/revoke"])
async def test_a_form_in_another_type_is_told_which_type_it_needs(
    client: httpx.AsyncClient, path: str
) -> None:
    for answer in (
        await client.post(path, json=LOGIN),
        await client.post(path, data=LOGIN, files={"file": b""}),
        await client.post(path, content="grant_type=password"),
    ):
        assert_oauth_error(answer, 415, "invalid_request")
        assert answer.headers["Accept-Post"] == "application/x-www-form-urlencoded"
        assert "application/x-www-form-urlencoded" in answer.json()["detail"]


async def test_a_form_above_the_limit_of_small_bodies_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/v1/token", content=b"a=" + b"x" * 70_000, headers=FORM)

    assert_oauth_error(answer, 413, "invalid_request")


async def test_an_outage_is_told_in_both_vocabularies(
    client: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.user_storage.error = ServiceUnavailableError("users", "no route to db-7.internal")

    answer = await client.post("/v1/token", data=LOGIN)

    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "db-7" not in answer.text


async def test_a_breakdown_is_told_in_both_vocabularies(
    client: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.user_storage.error = RuntimeError("password=hunter2")

    answer = await client.post("/v1/token", data=LOGIN)

    assert_oauth_error(answer, 500, "server_error")
    assert "hunter2" not in answer.text


async def test_more_passwords_than_can_be_checked_are_refused_for_now(
    client: httpx.AsyncClient, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the words of OAuth too, and with the time after which another attempt makes sense."""

    async def refuse(_password: str, _password_hash: str) -> bool:
        raise TooBusyError("Password hashing")

    monkeypatch.setattr(backstage.hasher, "verify", refuse)

    answer = await client.post("/v1/token", data=LOGIN)

    assert_oauth_error(answer, 503, "temporarily_unavailable")
    assert (answer.json()["code"], answer.headers["Retry-After"]) == ("too_busy", "2")


async def test_guesses_at_one_account_are_refused_while_others_are_checked(
    client: httpx.AsyncClient, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ada's account is guessed at, and Bob logs in."""
    checked, may_end = asyncio.Semaphore(0), asyncio.Event()
    verify = backstage.hasher.verify

    async def verify_later(password: str, password_hash: str) -> bool:
        if password != PASSWORD:
            checked.release()
            await may_end.wait()
        return await verify(password, password_hash)

    monkeypatch.setattr(backstage.hasher, "verify", verify_later)
    guesses = [
        asyncio.create_task(client.post("/v1/token", data={**LOGIN, "password": f"guess {n}"}))
        for n in range(MOST_CHECKED_AT_ONCE)
    ]
    for _ in guesses:
        await checked.acquire()

    refused = await client.post("/v1/token", data=LOGIN)
    bob = await client.post("/v1/token", data={**LOGIN, "username": "bob@example.org"})

    may_end.set()
    assert {answer.status_code for answer in await asyncio.gather(*guesses)} == {400}
    assert_oauth_error(refused, 429, "temporarily_unavailable")
    assert (refused.json()["code"], refused.headers["Retry-After"]) == ("too_many_log_ins", "2")
    assert bob.status_code == 200


async def test_passwords_are_not_kept_in_the_memory_of_the_framework(client: httpx.AsyncClient) -> None:
    from litestar._parsers import parse_url_encoded_form_data  # noqa: PLC0415  # only this test looks into it

    before = parse_url_encoded_form_data.cache_info().currsize
    await client.post("/v1/token", data=LOGIN)

    assert parse_url_encoded_form_data.cache_info().currsize == before


async def test_revoking_a_refresh_token_ends_its_session(client: httpx.AsyncClient) -> None:
    token = (await client.post("/v1/token", data=LOGIN)).json()["refresh_token"]

    answer = await client.post("/v1/revoke", data={"token": token, "token_type_hint": "refresh_token"})

    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Cache-Control"] == "no-store"
    refresh = {"grant_type": "refresh_token", "refresh_token": token}
    assert_oauth_error(await client.post("/v1/token", data=refresh), 400, "invalid_grant")


async def test_revoking_what_nobody_knows_is_no_error(client: httpx.AsyncClient) -> None:
    assert (await client.post("/v1/revoke", data={"token": "unknown.token"})).status_code == 200


async def test_revoking_nothing_is_an_invalid_request(client: httpx.AsyncClient) -> None:
    assert_oauth_error(await client.post("/v1/revoke", data={"token_type_hint": "x"}), 400, "invalid_request")


async def test_the_public_keys_can_be_had_by_everybody_and_be_cached(client: httpx.AsyncClient) -> None:
    answer = await client.get("/.well-known/jwks.json")

    assert (answer.status_code, answer.json()) == (200, {"keys": []})
    assert answer.headers["Cache-Control"] == "public, max-age=300"
