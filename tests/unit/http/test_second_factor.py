"""A user's second factor over HTTP: set up with an app, asked for at each log-in, removed."""

from datetime import timedelta
from typing import Any

import httpx
import pyotp
import pytest

from tests.unit.http.backstage import PASSWORD, Backstage

PATH = "/v1/me/second-factor"
CREDENTIALS = {"email": "ada@example.org", "password": PASSWORD}
LOG_IN = {"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}
STEP = timedelta(seconds=30)


class App:
    """A user's app, and what the user knows."""

    def __init__(self, stage: Backstage, address: str) -> None:
        self._stage = stage
        self._totp = pyotp.parse_uri(address)
        self.recovery_codes: list[str] = []

    def next_code(self) -> str:
        """Wait for a code that was not used."""
        assert isinstance(self._totp, pyotp.TOTP)
        self._stage.clock.advance(STEP)
        return self._totp.at(self._stage.clock.now())


@pytest.fixture
async def ada(client: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give a client with Ada's access token."""
    tokens = (await client.post("/v1/token", data=LOG_IN)).raise_for_status().json()
    client.headers["Authorization"] = f"Bearer {tokens['access_token']}"
    return client


@pytest.fixture
async def app_of_ada(ada: httpx.AsyncClient, backstage: Backstage) -> App:
    """Set up a second factor."""
    begun = (await ada.post(PATH, json={"password": PASSWORD})).raise_for_status()
    app = App(backstage, begun.json()["address"])
    confirmed = (await ada.post(f"{PATH}/confirm", json={"code": app.next_code()})).raise_for_status()
    assert begun.headers["Cache-Control"] == confirmed.headers["Cache-Control"] == "no-store"
    app.recovery_codes = confirmed.json()["recovery_codes"]
    return app


async def get_token(client: httpx.AsyncClient, **fields: str) -> httpx.Response:
    return await client.post("/v1/token", data=LOG_IN | fields)


def problem(answer: httpx.Response) -> tuple[int, Any]:
    return answer.status_code, answer.json()["code"]


async def test_programs_log_in_with_a_code(ada: httpx.AsyncClient, app_of_ada: App) -> None:
    without = await get_token(ada)
    wrong = await get_token(ada, code="000000")
    right = await get_token(ada, code=app_of_ada.next_code())

    assert problem(without) == (400, "second_factor_required")
    assert problem(wrong) == (400, "wrong_second_factor")
    assert without.json()["error"] == wrong.json()["error"] == "invalid_grant"
    assert right.status_code == 200


async def test_browsers_log_in_with_a_code(client: httpx.AsyncClient, ada: object, app_of_ada: App) -> None:
    without = await client.post("/v1/session", json=CREDENTIALS)
    wrong = await client.post("/v1/session", json=CREDENTIALS | {"code": "000000"})
    right = await client.post("/v1/session", json=CREDENTIALS | {"code": app_of_ada.next_code()})

    assert problem(without) == (400, "second_factor_required")
    assert problem(wrong) == (400, "wrong_second_factor")
    assert right.status_code == 204


async def test_a_recovery_code_takes_the_place_of_the_app_once(
    ada: httpx.AsyncClient, app_of_ada: App
) -> None:
    code = app_of_ada.recovery_codes[0]

    assert (await get_token(ada, code=code)).status_code == 200
    assert problem(await get_token(ada, code=code)) == (400, "wrong_second_factor")
    shown = (await ada.get(PATH)).json()
    assert (shown["enabled"], shown["recovery_codes_left"]) == (True, 9)


@pytest.mark.parametrize("path", ["/v1/token", "/v1/session"])
async def test_guesses_are_told_how_long_to_wait(ada: httpx.AsyncClient, app_of_ada: App, path: str) -> None:
    body: dict[str, Any] = (
        {"data": LOG_IN | {"code": "000000"}}
        if path == "/v1/token"
        else {"json": CREDENTIALS | {"code": "000000"}}
    )
    for _ in range(5):
        assert problem(await ada.post(path, **body)) == (400, "wrong_second_factor")

    refused = await ada.post(path, **body)

    assert problem(refused) == (429, "too_many_wrong_codes")
    assert refused.headers["Retry-After"] == "30"


async def test_it_is_removed_with_password_and_code(ada: httpx.AsyncClient, app_of_ada: App) -> None:
    wrong_password = await ada.post(
        f"{PATH}/remove", json={"password": "another one", "code": app_of_ada.next_code()}
    )
    wrong_code = await ada.post(f"{PATH}/remove", json={"password": PASSWORD, "code": "000000"})
    removed = await ada.post(f"{PATH}/remove", json={"password": PASSWORD, "code": app_of_ada.next_code()})

    assert problem(wrong_password) == (400, "wrong_password")
    assert problem(wrong_code) == (400, "wrong_second_factor")
    assert removed.status_code == 204
    assert (await get_token(ada)).status_code == 200
    assert (await ada.get(PATH)).json() == {
        "enabled": False,
        "confirmed_at": None,
        "recovery_codes_left": 0,
    }


async def test_what_is_out_of_order_is_refused(ada: httpx.AsyncClient) -> None:
    confirmed = await ada.post(f"{PATH}/confirm", json={"code": "000000"})
    assert problem(confirmed) == (404, "second_factor_not_found")
    assert (await ada.post(f"{PATH}/remove", json={"password": PASSWORD, "code": ""})).status_code == 204


async def test_a_second_one_is_refused(ada: httpx.AsyncClient, app_of_ada: App) -> None:
    assert problem(await ada.post(PATH, json={"password": PASSWORD})) == (409, "second_factor_exists")
    confirmed = await ada.post(f"{PATH}/confirm", json={"code": app_of_ada.next_code()})
    assert problem(confirmed) == (409, "second_factor_exists")


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", PATH, None),
        ("POST", PATH, {"password": PASSWORD}),
        ("POST", f"{PATH}/confirm", {"code": "123456"}),
        ("POST", f"{PATH}/remove", {"password": PASSWORD, "code": "123456"}),
    ],
)
async def test_it_needs_a_log_in(ada: httpx.AsyncClient, method: str, path: str, body: object) -> None:
    """An API key is not enough."""
    key = (await ada.post("/v1/api-keys", json={"name": "script", "scopes": ["convert", "read"]})).json()
    ada.headers["Authorization"] = f"Bearer {key['key']}"
    scripted = await ada.request(method, path, json=body)
    del ada.headers["Authorization"]
    anonymous = await ada.request(method, path, json=body)

    assert (anonymous.status_code, problem(scripted)) == (401, (403, "insufficient_scope"))


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"[]", b'{"password": 1}', b'{"password": null}', b"\xff", b'{"password": "x"']
)
async def test_a_malformed_body_is_refused(ada: httpx.AsyncClient, body: bytes) -> None:
    answer = await ada.post(PATH, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400
