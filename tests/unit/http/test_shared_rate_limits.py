"""Limits that several gateways share, what a client is told of them, and what guessing costs."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar
from typing_extensions import override

from tests.contracts.examples import ADA
from tests.unit.faults import down
from tests.unit.http.backstage import PASSWORD, Backstage, SharedApp, in_process
from tests.unit.http.test_rate_limits import ByHand
from tracklift_adapters.http.limits.rate_limits import RateLimit
from tracklift_adapters.in_memory.rate_counts import InMemoryRateCounts
from tracklift_domain.rate_counts import RateCount, RateCounts

LIMITS = {"mail": RateLimit(6, timedelta(minutes=1)), "token": RateLimit(1000)}
RESET = {"email": "nobody@example.org"}


class Failing(RateCounts):
    """Counts that are down, or answer too late."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.asked = 0

    @override
    async def take(self, key: str, *, requests: int, per: timedelta) -> RateCount:
        self.asked += 1
        if self.error is not None:
            raise self.error
        await asyncio.Event().wait()
        raise AssertionError


@pytest.fixture(scope="module")
def pair() -> list[SharedApp]:
    """Give two gateways that tests share."""
    return [SharedApp(Backstage()) for _ in range(2)]


def counting(counts: RateCounts | None) -> Backstage:
    """Give what stands behind a gateway that counts with others."""
    return Backstage(rate_limits=LIMITS, shared_counts=counts)


def client_of(app: Litestar) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=in_process(app), base_url="http://tracklift.test")


async def ask(client: httpx.AsyncClient) -> httpx.Response:
    return await client.post("/v1/password-resets", json=RESET)


async def test_two_gateways_let_through_what_one_would(pair: list[SharedApp]) -> None:
    stage = counting(InMemoryRateCounts(now=ByHand()))
    clients = [client_of(gateway.use(stage)) for gateway in pair]

    answers = [await ask(client) for _ in range(6) for client in clients]

    assert sum(answer.status_code == 202 for answer in answers) == 6
    assert {answer.status_code for answer in answers[6:]} == {429}


@pytest.mark.parametrize("error", [down(), None], ids=["down", "too slow"])
async def test_a_gateway_counts_by_itself_while_the_shared_counts_do_not_answer(
    pair: list[SharedApp], error: Exception | None
) -> None:
    """And asks them once, and not with every request."""
    counts = Failing(error)
    client = client_of(pair[0].use(counting(counts)))

    answers = [await ask(client) for _ in range(8)]

    assert [answer.status_code for answer in answers] == [202] * 6 + [429] * 2
    assert counts.asked == 1


async def test_a_client_is_told_how_much_is_left(pair: list[SharedApp]) -> None:
    client = client_of(pair[0].use(counting(InMemoryRateCounts(now=ByHand()))))

    answers = [await ask(client) for _ in range(7)]

    assert answers[0].headers["RateLimit-Policy"] == '"mail";q=6;w=60'
    assert [answer.headers["RateLimit"] for answer in answers[:2]] == [
        '"mail";r=5;t=10',
        '"mail";r=4;t=20',
    ]
    assert answers[-1].headers["RateLimit"] == '"mail";r=0;t=60'
    assert answers[-1].headers["Retry-After"] == "10"
    assert "try again in 10 seconds" in answers[-1].json()["detail"]


async def test_a_route_without_a_limit_says_nothing_of_one(pair: list[SharedApp]) -> None:
    answer = await client_of(pair[0].use(counting(None))).get("/healthz")

    assert "RateLimit" not in answer.headers


class TestGuessing:
    @pytest.fixture
    async def app(self, pair: list[SharedApp]) -> Litestar:
        stage = counting(None)
        await stage.add_user(ADA, "ada@example.org")
        return pair[0].use(stage)

    async def guess(self, client: httpx.AsyncClient, tried: str = "a wrong pass phrase") -> httpx.Response:
        form = {"grant_type": "password", "username": "ada@example.org", "password": tried}
        return await client.post("/v1/token", data=form)

    async def test_guesses_wait_longer_and_longer_and_the_owner_does_not(self, app: Litestar) -> None:
        """No stranger locks a user out of the account."""
        stranger = client_of(app)
        answers = [await self.guess(stranger) for _ in range(8)]
        assert [answer.status_code for answer in answers] == [400] * 5 + [429] * 3
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 1

        elsewhere: Any = app
        owner = httpx.AsyncClient(
            transport=httpx.ASGITransport(elsewhere, client=("198.51.100.9", 4711)),
            base_url="http://tracklift.test",
        )
        assert (await self.guess(owner, PASSWORD)).status_code == 200

    async def test_browsers_wait_as_programs_do(self, app: Litestar) -> None:
        client = client_of(app)
        body = {"email": "ada@example.org", "password": "a wrong pass phrase"}

        answers = [await client.post("/v1/session", json=body) for _ in range(6)]

        assert [answer.status_code for answer in answers] == [400] * 5 + [429]
