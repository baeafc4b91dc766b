"""Routes for the operator."""

import asyncio
import logging
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar
from litestar.routes import HTTPRoute
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser

from tests.contracts.examples import conversion_id
from tests.unit.http.backstage import Backstage, in_process
from tests.unit.http.exchange import Exchange
from tracklift_adapters.http.application.operations import Readiness, operation_routes
from tracklift_adapters.http.server.metrics_app import create_metrics_app
from tracklift_domain.errors import IncompleteServiceError, ServiceUnavailableError


async def fine() -> None:
    """Find nothing wrong."""


async def down() -> None:
    """Find that the thing is gone."""
    raise ServiceUnavailableError("database", "10.0.0.7:3306 refused")


async def silent() -> None:
    """Never answer."""
    await asyncio.Event().wait()


async def test_alive_is_who_answers(client: httpx.AsyncClient, backstage: Backstage) -> None:
    backstage.checks["database"] = down

    answer = await client.get("/healthz")

    assert (answer.status_code, answer.json()) == (200, {"status": "ok", "problems": {}})


class TestReadiness:
    @pytest.fixture
    def backstage(self) -> Backstage:
        """Have two dependencies that are fine."""
        return Backstage(checks={"queue": fine, "database": fine})

    async def test_ready_is_who_has_everything(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/readyz")

        assert (answer.status_code, answer.json()) == (200, {"status": "ok", "problems": {}})

    async def test_what_is_down_is_named_and_why_stands_in_the_log_once(
        self, backstage: Backstage, caplog: pytest.LogCaptureFixture
    ) -> None:
        backstage.checks["database"] = down
        async with httpx.AsyncClient(
            transport=in_process(backstage.make_app()), base_url="http://tracklift.test"
        ) as client:
            answers = [await client.get("/readyz") for _ in range(3)]

            described = await client.head("/readyz")
            alive = await client.head("/healthz")

        assert (described.status_code, described.content) == (503, b"")
        assert (alive.status_code, alive.content) == (200, b"")
        for answer in answers:
            assert answer.status_code == 503
            assert answer.json() == {"status": "unavailable", "problems": {"database": "not available"}}
        assert caplog.text.count("10.0.0.7:3306 refused") == 1


async def _look(checks: dict[str, Callable[[], Awaitable[object]]]) -> dict[str, str]:
    return (await Readiness(checks, patience=timedelta(milliseconds=20))()).problems


async def test_what_does_not_answer_counts_as_down(caplog: pytest.LogCaptureFixture) -> None:
    assert await _look({"queue": silent, "database": fine}) == {"queue": "not available"}
    assert "queue: no answer in 0.02 seconds" in caplog.text


async def test_what_a_service_lacks_of_ours_is_named() -> None:
    """The names of queues and exchanges are no secret, and the operator learns which one is missing."""

    async def incomplete() -> None:
        raise IncompleteServiceError("RabbitMQ", ["exchange tracklift.events", "queue converter"])

    assert await _look({"RabbitMQ": incomplete}) == {
        "RabbitMQ": "lacks exchange tracklift.events, queue converter"
    }


async def test_without_what_is_spared_it_is_ready_and_says_what_is_missing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    spared: dict[str, Callable[[], Awaitable[object]]] = {"queue": down}

    degraded = await Readiness({"database": fine}, spared=spared)()
    unavailable = await Readiness({"database": down}, spared=spared)()

    assert (degraded.status, degraded.problems) == ("degraded", {"queue": "not available"})
    assert "Degraded: queue" in caplog.text
    assert (unavailable.status, list(unavailable.problems)) == ("unavailable", ["database", "queue"])


async def test_ready_without_what_is_spared_is_answered_with_200() -> None:
    app = Litestar(
        operation_routes({"database": fine}, spared={"queue": down}), openapi_config=None, logging_config=None
    )
    async with httpx.AsyncClient(transport=in_process(app), base_url="http://tracklift.test") as client:
        answer = await client.get("/readyz")

    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")


async def test_one_that_hangs_does_not_hide_another() -> None:
    assert await _look({"queue": silent, "database": down}) == {
        "database": "not available",
        "queue": "not available",
    }


async def test_a_check_that_breaks_is_not_taken_for_an_outage() -> None:
    async def broken() -> None:
        raise RuntimeError("a mistake of the program")

    with pytest.raises(RuntimeError, match="a mistake"):
        await _look({"queue": broken})


async def test_that_something_is_back_stands_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    checks: dict[str, Callable[[], Awaitable[object]]] = {"database": down}
    readiness = Readiness(checks)
    assert (await readiness()).status == "unavailable"
    checks["database"] = fine

    assert (await readiness()).status == "ok"
    assert "Ready again: database." in caplog.text


def _families(text: str) -> Iterator[Metric]:
    read: Callable[[str], Iterator[Metric]] = parser.text_string_to_metric_families
    return read(text)


async def _figures() -> httpx.Response:
    """Ask for the figures at their own listener."""
    transport = in_process(create_metrics_app())
    async with httpx.AsyncClient(transport=transport, base_url="http://tracklift.test") as client:
        return await client.get("/metrics")


def _of_requests(text: str) -> str:
    """Leave out the other figures, as those of all tests so far take seconds to parse."""
    lines = [line for line in text.splitlines(keepends=True) if "tracklift_requests" in line]
    return "".join([*lines, "# EOF\n"])


async def _counts(path: str) -> dict[str, float]:
    """Give how many requests were counted for a path, by method and status."""
    answer = await _figures()
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    return {
        f"{sample.labels['method']} {sample.labels['status_code']}": sample.value
        for family in _families(_of_requests(answer.text))
        for sample in family.samples
        if sample.name == "tracklift_requests_total" and sample.labels["path"] == path
    }


async def test_requests_are_counted_by_route_and_status_and_not_by_address(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    path = "/v1/conversions/{conversion_id}"
    before = await _counts(path)
    await backstage.add_conversion()
    for number in (1, 2, 3):
        await ada.get(f"/v1/conversions/{conversion_id(number)}")

    after = await _counts(path)

    assert after["GET 200"] - before.get("GET 200", 0) == 1
    assert after["GET 404"] - before.get("GET 404", 0) == 2


async def test_unknown_addresses_make_no_series_of_their_own(client: httpx.AsyncClient) -> None:
    await client.get("/made-up-4711")

    assert "made-up" not in (await _figures()).text


async def test_users_are_given_no_figures(client: httpx.AsyncClient) -> None:
    assert (await client.get("/metrics")).status_code == 404


async def test_what_is_not_there_is_said_to_be_nowhere(client: httpx.AsyncClient) -> None:
    for path in (
        "/nowhere",
        "/v1",
        "/v2/conversions",
        "/v1/conversions/x/y/z",
        "/docs/assets/../../secret",
        "/%00",
    ):
        answer = await client.get(path)

        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", "/v1/conversions", {"GET", "POST", "OPTIONS"}),
        ("GET", "/v1/token", {"POST", "OPTIONS"}),
        ("PATCH", "/v1/me", {"GET", "DELETE", "OPTIONS"}),
        ("POST", "/v1/conversions/x/audio", {"GET", "HEAD", "OPTIONS"}),
        ("GET", "/v1/conversions/x/cancel", {"POST", "OPTIONS"}),
        ("BREW", "/healthz", {"GET", "HEAD", "OPTIONS"}),
    ],
)
async def test_a_method_that_an_address_does_not_take_is_told_those_it_takes(
    client: httpx.AsyncClient, method: str, path: str, allowed: set[str]
) -> None:
    refused = await client.request(method, path)

    assert (refused.status_code, refused.json()["code"]) == (405, "method_not_allowed")
    assert set(refused.headers["Allow"].split(", ")) == allowed


async def test_options_name_the_methods_that_a_refusal_names(
    app: Litestar, client: httpx.AsyncClient, backstage: Backstage
) -> None:
    """At every address, also where several handlers share one; not of files, which Litestar gives by itself."""
    paths = {route.path_format for route in app.routes if isinstance(route, HTTPRoute)}
    assert {"/v1/conversions", "/v1/me", "/healthz"} <= paths
    for path in paths - {"/v1/uploads"}:
        address = re.sub(r"\{[^}]*\}", "x", path)
        if address.startswith("/docs/assets/"):
            continue
        refused = await client.request("BREW", address)
        answer = await client.options(address, headers=backstage.headers())

        assert answer.status_code == 204, address
        assert set(answer.headers["Allow"].split(", ")) == set(refused.headers["Allow"].split(", ")), address


async def test_a_host_that_is_none_is_refused(app: Litestar) -> None:
    exchange = Exchange(app, "GET", "/healthz", {"Host": "evil host"})
    exchange.send()
    await exchange.end()

    assert exchange.status == 400


@pytest.mark.parametrize("path", ["/v1/users", "/v1/token"])
async def test_a_client_that_goes_away_before_its_body_is_no_breakdown(
    app: Litestar, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    content_type = "application/json" if path == "/v1/users" else "application/x-www-form-urlencoded"
    exchange = Exchange(app, "POST", path, {"Content-Type": content_type, "Content-Length": "100"})
    exchange.send(b'{"email":', more=True)
    await exchange.until(lambda: exchange.asked == 2)
    exchange.disconnect()
    await exchange.end()

    assert exchange.status == 400
    assert b"incomplete_request" in exchange.body
    assert caplog.text == ""


@pytest.mark.parametrize("path", ["/v1/users", "/v1/token"])
async def test_a_body_that_does_not_come_is_not_waited_for_without_end(
    app: Litestar, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "tracklift_adapters.http.bodies.small_bodies.LONGEST_WAIT", timedelta(milliseconds=20)
    )
    content_type = "application/json" if path == "/v1/users" else "application/x-www-form-urlencoded"
    exchange = Exchange(app, "POST", path, {"Content-Type": content_type, "Content-Length": "100"})
    exchange.send(b"{", more=True)
    await exchange.until(lambda: exchange.status is not None)

    assert exchange.status == 408
    assert exchange.headers["connection"] == "close"
    exchange.disconnect()
    await exchange.end()
    assert b"request_timeout" in exchange.body


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_above_the_limit_of_small_ones_is_not_read(app: Litestar, *, announced: bool) -> None:
    length = {"Content-Length": "70000"} if announced else {"Transfer-Encoding": "chunked"}
    exchange = Exchange(app, "POST", "/v1/users", {"Content-Type": "application/json", **length})
    if not announced:
        exchange.send(b" " * 40_000, more=True)
        exchange.send(b" " * 40_000, more=True)
    await exchange.until(lambda: exchange.status is not None)

    assert exchange.status == 413
    assert exchange.taken == (0 if announced else 2)
    exchange.disconnect()
    await exchange.end()
    assert b'"too_large"' in exchange.body


async def test_a_length_that_is_none_is_refused(app: Litestar) -> None:
    exchange = Exchange(
        app, "POST", "/v1/users", {"Content-Type": "application/json", "Content-Length": "many"}
    )
    exchange.send(b"{}")
    await exchange.end()

    assert exchange.status == 400
