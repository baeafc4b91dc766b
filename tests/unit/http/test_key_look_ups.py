"""A client that makes up API keys does not get each of them to auth, and keeps no other key from working."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.contracts.examples import ADA
from tests.unit.http.backstage import PUBLIC_URL, Backstage, in_process
from tracklift_adapters.http.callers.key_look_ups import KeyLookUps
from tracklift_adapters.http.limits.rate_limits import RateLimit
from tracklift_adapters.http.problems.problems import Problem
from tracklift_domain.user.api_key.api_key import hash_api_key, write_api_key
from tracklift_domain.user.api_key.errors import InvalidApiKeyError

MADE_UP = [write_api_key(f"made up {number}") for number in range(200)]
THREE = RateLimit(3)


class Clock:
    """Gives seconds."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def taken(look_ups: KeyLookUps, keys: list[str], host: str = "203.0.113.7") -> int:
    """Send keys, and count those that may be looked up."""
    count = 0
    for key in keys:
        try:
            look_ups.take(host, key)
        except Problem:
            continue
        count += 1
    return count


def test_keys_that_are_not_known_are_looked_up_so_often_and_no_more() -> None:
    clock = Clock()
    look_ups = KeyLookUps(lambda _: False, limit=THREE, now=clock)
    assert taken(look_ups, MADE_UP[:10]) == 3
    assert taken(look_ups, MADE_UP[:10], host="203.0.113.8") == 3
    with pytest.raises(Problem) as refused:
        look_ups.take("203.0.113.7", MADE_UP[0])
    assert (refused.value.status, refused.value.code) == (429, "too_many_requests")
    assert refused.value.headers["Retry-After"] == "20"
    clock.now = 60
    assert taken(look_ups, MADE_UP[:10]) == 3


def test_keys_that_are_remembered_go_on_working_behind_the_same_address() -> None:
    known = write_api_key("a script's")
    look_ups = KeyLookUps(lambda key_hash: key_hash == hash_api_key(known), limit=THREE, now=Clock())
    assert taken(look_ups, MADE_UP[:10]) == 3
    assert taken(look_ups, [known] * 100) == 100


def test_what_is_no_key_by_its_form_costs_nothing() -> None:
    look_ups = KeyLookUps(lambda _: False, limit=THREE, now=Clock())
    for _ in range(10):
        with pytest.raises(InvalidApiKeyError):
            look_ups.take("203.0.113.7", MADE_UP[0][:-1] + "x")
    assert taken(look_ups, MADE_UP[:3]) == 3


@pytest.fixture
async def limited() -> AsyncIterator[tuple[httpx.AsyncClient, Backstage]]:
    """Give a client of an application that limits."""
    backstage = Backstage(rate_limits={"none": THREE})
    await backstage.add_user(ADA, "ada@example.org")
    async with httpx.AsyncClient(transport=in_process(backstage.make_app()), base_url=PUBLIC_URL) as client:
        yield client, backstage


async def test_a_flood_of_made_up_keys_does_not_reach_the_accounts(
    limited: tuple[httpx.AsyncClient, Backstage], monkeypatch: pytest.MonkeyPatch
) -> None:
    """And the key of a script at the same address works on."""
    client, backstage = limited
    made = await client.post("/v1/api-keys", json={"name": "Script"}, headers=backstage.headers())
    script = {"Authorization": f"Bearer {made.json()['key']}"}
    assert (await client.get("/v1/conversions", headers=script)).status_code == 200
    asked: list[str] = []
    look_up = backstage.keys.get_by_hash

    async def counted(key_hash: str) -> object:
        asked.append(key_hash)
        return await look_up(key_hash)

    monkeypatch.setattr(backstage.keys, "get_by_hash", counted)

    statuses = [
        (await client.get("/v1/conversions", headers={"Authorization": f"Bearer {key}"})).status_code
        for key in MADE_UP
    ]

    assert set(statuses) == {401, 429}
    # A minute's worth, and what a slow machine lets through besides.
    assert 59 <= len(asked) < len(MADE_UP)
    assert len(asked) == statuses.count(401)
    assert (await client.get("/v1/conversions", headers=script)).status_code == 200
