"""What every answer has, errors and unknown addresses among them: an id and headers for browsers."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

import httpx
import pytest
from litestar import Litestar
from litestar.types import Receive, Scope, Send
from typing_extensions import override

from tests.contracts.examples import NOW, conversion_id
from tests.unit.http.backstage import Backstage
from tests.unit.http.exchange import Exchange
from tracklift_adapters.http.problems.header_text import header_text
from tracklift_adapters.http.problems.request_ids import RequestIds, current_request_id
from tracklift_domain.conversion.errors import LeaseHeldError
from tracklift_runtime.log_context import log_context

ADDRESSES = [
    ("GET", "/healthz", 200),
    ("GET", "/v1/me", 401),
    ("GET", "/nowhere", 404),
    ("PUT", "/v1/me", 405),
    ("OPTIONS", "/v1/me", 204),
    ("POST", "/v1/users", 415),
    ("GET", "/docs", 200),
    ("GET", "/docs/assets/swagger-ui.css", 200),
    ("GET", "/metrics", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), ADDRESSES)
async def test_every_answer_has_an_id_and_the_headers_for_browsers_once(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    answer = await client.request(method, path)

    assert answer.status_code == status
    for name in ("X-Request-ID", "X-Content-Type-Options", "Referrer-Policy", "Content-Security-Policy"):
        assert len(answer.headers.get_list(name)) == 1, name
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_data_may_load_nothing_and_stand_in_no_frame(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz")

    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"


async def test_a_download_and_a_stream_have_the_headers_too(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_completed()

    for path in ("audio", "events"):
        answer = await ada.get(f"/v1/conversions/{conversion_id(1)}/{path}")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Request-ID"]


async def test_each_request_gets_an_id_of_its_own(client: httpx.AsyncClient) -> None:
    ids = {(await client.get("/healthz")).headers["X-Request-ID"] for _ in range(10)}

    assert len(ids) == 10
    assert all(len(each) == 32 and each.isalnum() for each in ids)


@pytest.mark.parametrize(
    "given",
    ["a", "5f0c1f0e-6d0b-4b0c-8f6f-2a4f6f1d2c3b", "01ARZ3NDEKTSV4RRFFQ69G5FAV", "Root=1-67891233", "x" * 128],
)
async def test_an_id_that_the_client_gives_comes_back(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/healthz", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"] == given


@pytest.mark.parametrize("given", ["", " ", "two words", "x" * 129, '"', "a;b", "a\tb", "%0d%0a", "<script>"])
async def test_an_id_that_could_do_harm_in_a_log_is_replaced(client: httpx.AsyncClient, given: str) -> None:
    answer = await client.get("/healthz", headers={"X-Request-ID": given})

    assert answer.headers["X-Request-ID"] != given
    assert len(answer.headers["X-Request-ID"]) == 32


async def test_bytes_beyond_ascii_are_no_id(client: httpx.AsyncClient) -> None:
    answer = await client.get("/healthz", headers=[(b"X-Request-ID", b"\xc3\xbc")])

    assert len(answer.headers["X-Request-ID"]) == 32


async def test_what_breaks_is_logged_with_the_id_that_the_client_gave(
    ada: httpx.AsyncClient, backstage: Backstage, caplog: pytest.LogCaptureFixture
) -> None:
    backstage.conversion_storage.error = RuntimeError("broken")

    await ada.get("/v1/conversions", headers={"X-Request-ID": "my-request"})

    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert record.getMessage() == "GET /v1/conversions (request my-request) broke."
    assert record.exc_info is not None


async def test_what_is_logged_about_a_conversion_names_it(
    ada: httpx.AsyncClient, backstage: Backstage, caplog: pytest.LogCaptureFixture
) -> None:
    """A search of all logs for one conversion finds the gateway's lines too."""
    backstage.conversion_storage.error = RuntimeError("broken")
    contexts: list[Mapping[str, str]] = []

    class Noting(logging.Filter):
        @override
        def filter(self, record: logging.LogRecord) -> bool:
            contexts.append(log_context())
            return True

    with caplog.filtering(Noting()):
        await ada.get(f"/v1/conversions/{conversion_id(1)}")
        await ada.get("/v1/conversions")

    named, unnamed = contexts
    assert named["conversion_id"] == conversion_id(1)
    assert "conversion_id" not in unnamed
    assert named["request_id"] != unnamed["request_id"]


async def test_a_path_with_line_ends_makes_one_line_in_the_log(
    ada: httpx.AsyncClient, backstage: Backstage, caplog: pytest.LogCaptureFixture
) -> None:
    backstage.conversion_storage.error = RuntimeError("broken")

    await ada.get("/v1/conversions/x%0AERROR%20forged")

    (record,) = caplog.records
    assert "\n" not in record.getMessage()
    assert "forged" in record.getMessage()


async def test_an_error_that_should_not_get_out_is_a_breakdown(
    ada: httpx.AsyncClient, backstage: Backstage, caplog: pytest.LogCaptureFixture
) -> None:
    backstage.conversion_storage.error = LeaseHeldError(conversion_id(1), NOW)

    answer = await ada.get("/v1/conversions")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "worker" not in answer.text
    assert "LeaseHeldError" in caplog.text


async def test_requests_at_the_same_time_keep_their_ids_apart() -> None:
    seen: dict[str, str] = {}
    all_in = asyncio.Barrier(3)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await all_in.wait()
        seen[str(scope["path"])] = current_request_id()

    wrapped = RequestIds(app)

    async def ask(path: str) -> None:
        scope: Any = {"type": "http", "path": path, "headers": [(b"x-request-id", path.encode())]}
        nothing: Any = None
        await wrapped(scope, nothing, nothing)

    await asyncio.gather(*map(ask, "abc"))

    assert seen == {"a": "a", "b": "b", "c": "c"}


async def test_outside_of_a_request_there_is_no_id() -> None:
    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        assert current_request_id() == "an-id"

    scope: Any = {"type": "http", "headers": [(b"x-request-id", b"an-id")]}
    nothing: Any = None
    await RequestIds(app)(scope, nothing, nothing)

    assert current_request_id() == "none"


async def test_the_framework_does_not_tell_of_its_own_mistakes(
    app: Litestar, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    from litestar.exceptions import ImproperlyConfiguredException  # noqa: PLC0415  # only this test needs it

    async def misconfigured(*_: object, **__: object) -> None:
        raise ImproperlyConfiguredException("the secret setting is wrong")

    monkeypatch.setattr("litestar.routes.http.HTTPRoute._call_handler_function", misconfigured)
    exchange = Exchange(app, "GET", "/healthz")
    exchange.send()
    await exchange.end()

    assert exchange.status == 500
    assert b"secret" not in exchange.body
    assert "the secret setting is wrong" in caplog.text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("plain text.", "plain text."),
        ('say "yes"', "say 'yes'"),
        ("back\\slash", "back?slash"),
        ("two\r\n  lines\t", "two lines"),
        ("für 🔑\x7f\x00", "f?r ???"),
    ],
)
def test_text_in_a_header_keeps_to_the_characters_that_are_allowed_there(text: str, kept: str) -> None:
    assert header_text(text) == kept
