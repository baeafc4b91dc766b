"""How often one client may sign up and log in."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from litestar import Litestar

from tests.contracts.examples import BOB
from tests.unit.builders import ADA_CALLS
from tests.unit.http.backstage import PASSWORD, Backstage
from tests.unit.http.exchange import Exchange
from tracklift_adapters.http.limits.rate_limits import DEFAULT_RATE_LIMITS, RateLimit, RateLimiter, client_of
from tracklift_adapters.http.problems.problems import Problem
from tracklift_gateway.upload_rate import UploadRate

VIDEO: dict[str, Any] = {"content": b"a video", "headers": {"Content-Type": "video/mp4"}}
LOGIN = {"grant_type": "password", "username": "ada@example.org", "password": "wrong horse battery"}


class ByHand:
    """A clock in seconds that is moved by hand."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def now() -> ByHand:
    """Give a clock."""
    return ByHand()


def test_so_many_requests_are_allowed_at_once_and_then_one_after_another(now: ByHand) -> None:
    limiter = RateLimiter(RateLimit(3, timedelta(seconds=60)), now=now)

    assert [limiter.take("a") for _ in range(4)] == [0, 0, 0, pytest.approx(20)]
    now.seconds += 19
    assert limiter.take("a") == pytest.approx(1)
    now.seconds += 1
    assert limiter.take("a") == 0
    assert limiter.take("a") == pytest.approx(20)
    now.seconds += 60
    assert [limiter.take("a") for _ in range(4)] == [0, 0, 0, pytest.approx(20)]


def test_a_refused_request_does_not_make_the_wait_longer(now: ByHand) -> None:
    limiter = RateLimiter(RateLimit(1, timedelta(seconds=10)), now=now)
    limiter.take("a")

    assert [limiter.take("a") for _ in range(100)] == [pytest.approx(10)] * 100


def test_a_client_that_is_charged_waits_no_longer_than_twice_the_time(now: ByHand) -> None:
    limiter = RateLimiter(RateLimit(6), now=now)

    limiter.charge("a", 4)
    assert [limiter.take("a") for _ in range(3)] == [0, 0, pytest.approx(10)]
    for _ in range(100):
        limiter.charge("a", 100)
    assert limiter.take("a") == pytest.approx(70)
    assert limiter.take("b") == 0


def test_one_client_does_not_use_up_what_another_has(now: ByHand) -> None:
    limiter = RateLimiter(RateLimit(1), now=now)

    assert [limiter.take(client) for client in ("a", "b", "a", "b")] == [0, 0, 60, 60]


def test_a_client_is_forgotten_once_all_its_requests_are_free_again(now: ByHand) -> None:
    limiter = RateLimiter(RateLimit(10, timedelta(seconds=60)), now=now)
    for number in range(1000):
        limiter.take(f"client {number}")
    assert len(limiter) == 1000

    now.seconds += 6
    limiter.take("another")

    assert len(limiter) == 1


def test_above_so_many_clients_those_longest_silent_are_forgotten(now: ByHand) -> None:
    limiter = RateLimiter(RateLimit(1), now=now, most_clients=2)
    for client in ("a", "b", "c"):
        limiter.take(client)
        now.seconds += 1

    assert len(limiter) == 2
    assert limiter.take("a") == 0
    assert limiter.take("c") > 0


@given(st.lists(st.floats(0, 5), min_size=1, max_size=200), st.integers(1, 20))
def test_in_no_span_of_time_more_is_allowed_than_the_limit_and_its_refill(
    pauses: list[float], requests: int
) -> None:
    now = ByHand()
    limiter = RateLimiter(RateLimit(requests, timedelta(seconds=10)), now=now)
    allowed: list[float] = []
    for pause in pauses:
        now.seconds += pause
        if limiter.take("a") == 0:
            allowed.append(now.seconds)

    for first, begin in enumerate(allowed):
        for count, end in enumerate(allowed[first:], 1):
            assert count <= requests + (end - begin) / 10 * requests + 1e-3


@pytest.mark.parametrize(
    ("host", "client"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:DB8:1:2::1%eth0", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("", ""),
        ("a name", "a name"),
    ],
)
def test_a_client_is_an_address_or_a_network_of_those_that_one_client_has(host: str, client: str) -> None:
    assert client_of(host) == client


def test_the_limits_of_every_day_are_those_that_are_documented() -> None:
    assert {
        "token": RateLimit(20),
        "provider_sign_in": RateLimit(60),
        "device_sign_in": RateLimit(10, timedelta(minutes=15)),
        "device_poll": RateLimit(120),
        "refresh": RateLimit(60),
        "sign_up": RateLimit(10),
        "mail": RateLimit(10),
        "mailed_token": RateLimit(20),
    } == DEFAULT_RATE_LIMITS


class TestAnApplicationWithLimits:
    @pytest.fixture
    def backstage(self) -> Backstage:
        """Allow little."""
        return Backstage(
            rate_limits={
                "token": RateLimit(3),
                "sign_up": RateLimit(2),
                "mail": RateLimit(2),
                "mailed_token": RateLimit(3),
                "device_sign_in": RateLimit(2),
                "device_poll": RateLimit(3),
            }
        )

    async def test_sign_ins_of_programs_are_begun_and_asked_about_so_often(
        self, client: httpx.AsyncClient
    ) -> None:
        """Apart from each other, and from guesses at passwords."""
        begun = [await client.post("/v1/device-sign-ins", json={"provider": "x"}) for _ in range(3)]
        asked = [await client.post("/v1/device-sign-ins/token", json={"device_code": "x"}) for _ in range(4)]

        assert [answer.status_code for answer in begun] == [404, 404, 429]
        assert [answer.status_code for answer in asked] == [400, 400, 400, 429]
        assert (await client.post("/v1/token", data=LOGIN)).status_code == 400

    async def test_mails_are_asked_for_one_after_another(self, client: httpx.AsyncClient) -> None:
        """Whichever they are, and whether the address is known or not."""
        answers = [
            await client.post("/v1/password-resets", json={"email": email})
            for email in ("ada@example.org", "nobody@example.org", "ada@example.org")
        ]
        answers.append(await client.post("/v1/email-verifications"))

        assert [answer.status_code for answer in answers] == [202, 202, 429, 429]

    async def test_tokens_out_of_mails_are_tried_one_after_another(self, client: httpx.AsyncClient) -> None:
        """On the pages as well."""
        reset = {"token": "x", "password": PASSWORD}
        answers = [
            await client.post("/v1/email-verifications/confirm", json={"token": "x"}),
            await client.post("/v1/password-resets/confirm", json=reset),
            await client.post("/v1/password-resets/confirm", json=reset),
            await client.post("/v1/password-resets/confirm", json=reset),
        ]

        assert [answer.status_code for answer in answers] == [400, 400, 400, 429]

    async def test_guessing_at_passwords_is_slowed_down(self, client: httpx.AsyncClient) -> None:
        answers = [await client.post("/v1/token", data=LOGIN) for _ in range(5)]

        assert [answer.status_code for answer in answers] == [400, 400, 400, 429, 429]
        refused = answers[-1]
        assert refused.json()["code"] == "too_many_requests"
        assert refused.json()["error"] == "temporarily_unavailable"
        assert 1 <= int(refused.headers["Retry-After"]) <= 20
        assert "limit" not in refused.text  # Nobody is told how far to go.

    async def test_even_the_right_password_waits(self, client: httpx.AsyncClient) -> None:
        for _ in range(3):
            await client.post("/v1/token", data=LOGIN)

        assert (await client.post("/v1/token", data={**LOGIN, "password": PASSWORD})).status_code == 429

    async def test_signing_up_is_slowed_down_on_its_own(self, client: httpx.AsyncClient) -> None:
        for _ in range(3):
            await client.post("/v1/token", data=LOGIN)
        people = [{"email": f"{name}@example.org", "password": PASSWORD} for name in ("c", "d", "e")]
        answers = [await client.post("/v1/users", json=person) for person in people]

        assert [answer.status_code for answer in answers] == [201, 201, 429]
        assert answers[-1].headers["Retry-After"] == "30"

    async def test_other_routes_are_not_limited(self, ada: httpx.AsyncClient) -> None:
        assert [(await ada.get("/v1/me")).status_code for _ in range(20)] == [200] * 20

    async def test_another_address_has_requests_of_its_own(
        self, app: Litestar, client: httpx.AsyncClient
    ) -> None:
        for _ in range(3):
            await client.post("/v1/token", data=LOGIN)

        for address, status in ((("198.51.100.1", 1), 415), (("203.0.113.7", 9999), 429), (None, 415)):
            exchange = Exchange(app, "POST", "/v1/token", client=address)
            exchange.send()
            await exchange.end()
            assert exchange.status == status

    async def test_a_refused_request_is_not_read(self, app: Litestar, client: httpx.AsyncClient) -> None:
        for _ in range(3):
            await client.post("/v1/token", data=LOGIN)
        exchange = Exchange(app, "POST", "/v1/token", {"Content-Length": "100"})
        await exchange.until(lambda: exchange.status is not None)

        assert (exchange.status, exchange.taken) == (429, 0)
        exchange.disconnect()
        await exchange.end()


class TestUploads:
    @pytest.fixture
    def backstage(self) -> Backstage:
        """Allow little."""
        return Backstage(uploads_per_hour=3)

    async def test_a_user_who_uploads_too_often_is_told_when_to_come_back(
        self, ada: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        answers = [await ada.post("/v1/conversions", **VIDEO) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [202, 202, 202, 429]
        assert answers[-1].json()["code"] == "too_many_uploads"
        assert answers[-1].headers["Content-Type"] == "application/problem+json"
        assert 1100 <= int(answers[-1].headers["Retry-After"]) <= 1200
        assert answers[-1].json()["detail"].endswith("try again in 20 minutes.")
        assert len(await backstage.stored_conversions()) == 3

    @pytest.mark.parametrize(
        ("per_hour", "told"),
        [(3600, "1 second"), (120, "30 seconds"), (31, "117 seconds"), (30, "2 minutes")],
    )
    def test_the_wait_is_told_as_long_as_it_is(self, now: ByHand, per_hour: int, told: str) -> None:
        rate = UploadRate(per_hour, now=now)
        for _ in range(per_hour):
            rate.take(ADA_CALLS)
        with pytest.raises(Problem) as refused:
            rate.take(ADA_CALLS)

        assert refused.value.detail.endswith(f"try again in {told}.")

    async def test_what_is_refused_for_another_reason_counts_too(self, ada: httpx.AsyncClient) -> None:
        answers = [await ada.post("/v1/conversions?bitrate=1", **VIDEO) for _ in range(4)]

        assert [answer.status_code for answer in answers] == [400, 400, 400, 429]

    async def test_another_user_behind_the_same_address_has_uploads_of_their_own(
        self, ada: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        for _ in range(4):
            await ada.post("/v1/conversions", **VIDEO)
        ada.headers.update(backstage.headers(BOB))

        assert (await ada.post("/v1/conversions", **VIDEO)).status_code == 202

    async def test_a_refused_upload_is_not_read(
        self, app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
    ) -> None:
        for _ in range(3):
            await ada.post("/v1/conversions", **VIDEO)
        headers = {**backstage.headers(), "Content-Type": "video/mp4", "Content-Length": "100"}
        exchange = Exchange(app, "POST", "/v1/conversions", headers)
        await exchange.until(lambda: exchange.status is not None)

        assert (exchange.status, exchange.taken) == (429, 0)
        exchange.disconnect()
        await exchange.end()


async def test_without_limits_nothing_is_limited(client: httpx.AsyncClient) -> None:
    answers = [await client.post("/v1/token", data=LOGIN) for _ in range(50)]

    assert {answer.status_code for answer in answers} == {400}
