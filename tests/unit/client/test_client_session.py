"""Logging in, tokens that are renewed by themselves, and what the server declines."""

import asyncio
from typing import Any

import httpx
import pytest
from typing_extensions import override

from tests.unit.client.scripted_server import (
    SERVER,
    AsynchronousDriver,
    BlockingDriver,
    Driver,
    ScriptedServer,
    answered,
    conversion,
    logged_in,
    problem,
    tokens,
)
from tracklift_client.async_client import AsyncClient
from tracklift_client.client import Client
from tracklift_client.connection import server_address
from tracklift_client.credentials import MemoryTokens
from tracklift_client.errors import (
    ConnectionLostError,
    NotLoggedInError,
    ProblemError,
    ServerAddressError,
    UnexpectedAnswerError,
)
from tracklift_client.models.accounts import Role, Scope, UserQuota
from tracklift_client.models.conversions import State
from tracklift_client.patience import Patience
from tracklift_client.session import Session

ME = {
    "id": "u1",
    "email": "ada@example.org",
    "email_verified": True,
    "role": "user",
    "created_at": "2026-03-01T09:30:00Z",
}
EITHER = pytest.mark.parametrize("kind", [BlockingDriver, AsynchronousDriver])


def authorization(server: ScriptedServer) -> list[str | None]:
    """Give what each request proves itself with."""
    return [request.headers.get("Authorization") for request in server.requests]


@EITHER
def test_log_in_keeps_the_tokens_and_sends_them(kind: type[BlockingDriver]) -> None:
    """The password goes in the form of RFC 6749."""
    session = Session(patience=Patience(first_wait=0.0))
    server = ScriptedServer([tokens(1), answered(ME)])
    kind(session).run(server, "log_in", "ada@example.org", "p w&")
    user = kind(session).run(server, "me")

    assert user.email == "ada@example.org"
    assert server.bodies[0] == b"grant_type=password&username=ada%40example.org&password=p+w%26"
    assert authorization(server) == [None, "Bearer access-1"]


@EITHER
def test_tokens_that_end_soon_are_renewed_before_they_are_used(kind: type[BlockingDriver]) -> None:
    """And kept, since a refresh token is single-use."""
    session = logged_in(expires_at=0)
    server = ScriptedServer([tokens(2), answered(ME), answered(ME)])
    kind(session).run(server, "me")
    kind(session).run(server, "me")

    assert server.bodies[0] == b"grant_type=refresh_token&refresh_token=refresh-1"
    assert authorization(server) == [None, "Bearer access-2", "Bearer access-2"]


def test_a_token_that_the_server_calls_expired_is_renewed_once(driver: Driver) -> None:
    """The server's clock counts."""
    server = ScriptedServer([problem(401, "token_expired"), tokens(2), answered(ME)])
    driver.run(server, "me")

    assert authorization(server) == ["Bearer access-1", None, "Bearer access-2"]


def test_a_second_refusal_is_told(driver: Driver) -> None:
    """Not asked for ever."""
    answers = [problem(401, "token_expired"), tokens(2), problem(401, "token_expired")]
    with pytest.raises(ProblemError) as raised:
        driver.run(ScriptedServer([*answers]), "me")

    assert (raised.value.status, raised.value.code) == (401, "token_expired")


@EITHER
def test_a_session_that_has_ended_asks_for_a_new_log_in(kind: type[BlockingDriver]) -> None:
    """And its tokens are forgotten."""
    session = logged_in(expires_at=0)
    with pytest.raises(NotLoggedInError, match="log in again"):
        kind(session).run(ScriptedServer([problem(400, "invalid_grant")]), "me")

    assert session.tokens.read() is None


def test_calls_at_once_renew_the_tokens_once() -> None:
    """A second use of a refresh token would end the session."""
    server = ScriptedServer([tokens(2), *(answered(ME) for _ in range(5))])

    async def call() -> None:
        async with AsyncClient(SERVER, logged_in(expires_at=0), transport=server.transport()) as client:
            await asyncio.gather(*(client.me() for _ in range(5)))

    asyncio.run(call())
    assert server.asked.count("POST /v1/token") == 1


@EITHER
def test_an_api_key_is_sent_as_it_is(kind: type[BlockingDriver]) -> None:
    """It is not renewed."""
    server = ScriptedServer([problem(401, "invalid_api_key")])
    with pytest.raises(ProblemError, match="It is invalid_api_key"):
        kind(Session(api_key="tl_1")).run(server, "me")

    assert authorization(server) == ["Bearer tl_1"]


@EITHER
@pytest.mark.parametrize("key", ["tl_1\r", "tl_1\ntl_2", " tl_1", "tl_é", "tl_\udcff"])
def test_an_api_key_that_no_header_can_have_is_refused_at_once(kind: type[BlockingDriver], key: str) -> None:
    """Not tried again as if the line were cut, and not told in the error, which ends in logs."""
    server = ScriptedServer([])
    with pytest.raises(NotLoggedInError, match=r"^The API key has characters that no key has\.$"):
        kind(Session(api_key=key)).run(server, "page")
    assert server.requests == []


@EITHER
def test_without_a_log_in_nothing_is_sent(kind: type[BlockingDriver]) -> None:
    """The error says so."""
    server = ScriptedServer([])
    with pytest.raises(NotLoggedInError):
        kind(Session()).run(server, "me")

    assert server.requests == []


@EITHER
def test_log_out_ends_the_session_at_the_server(kind: type[BlockingDriver]) -> None:
    """With the refresh token; a second log-out does nothing."""
    session = logged_in()
    server = ScriptedServer([httpx.Response(200)])
    kind(session).run(server, "log_out")
    kind(session).run(server, "log_out")

    assert server.bodies == [b"token=refresh-1"]
    assert session.tokens.read() is None


def test_a_problem_carries_code_detail_and_wait(driver: Driver) -> None:
    """And its further members."""
    answer = httpx.Response(
        429,
        json={"code": "too_many_uploads", "detail": "Wait.", "field": "x"},
        headers={"Retry-After": "90"},
    )
    with pytest.raises(ProblemError) as raised:
        driver.run(ScriptedServer([answer]), "me")

    error = raised.value
    assert (error.status, error.code, str(error), error.retry_after) == (429, "too_many_uploads", "Wait.", 90)
    assert error.members["field"] == "x"


@pytest.mark.parametrize("body", [b"<html>", b"[]", b"{}", b'{"code": 1, "detail": 2}', b"[" * 100_000])
def test_an_error_of_a_proxy_is_a_problem_too(driver: Driver, body: bytes) -> None:
    """With the status as its code."""
    with pytest.raises(ProblemError) as raised:
        driver.run(ScriptedServer([httpx.Response(400, content=body)]), "me")

    assert raised.value.code == "http_400"


@pytest.mark.parametrize(
    "answer",
    [
        {"status_code": 302, "headers": {"Location": "https://elsewhere.test"}},
        {"status_code": 200, "content": b"<html>"},
        {"status_code": 200, "json": {"id": 1}},
        {"status_code": 200, "content": b"\xff\xfe"},
    ],
    ids=["redirect", "page", "other JSON", "no text"],
)
def test_an_answer_of_something_else_is_said_to_be_one(driver: Driver, answer: dict[str, Any]) -> None:
    """As when the address leads to another site."""
    with pytest.raises(UnexpectedAnswerError):
        driver.run(ScriptedServer([httpx.Response(**answer)]), "me")


def test_what_the_server_tells_beyond_what_is_known_is_ignored(driver: Driver) -> None:
    """So that an older client works with a newer server."""
    assert driver.run(ScriptedServer([answered({**ME, "shoe_size": 39})]), "me").id == "u1"


def test_reading_is_tried_again_while_the_line_is_cut_or_the_server_busy(driver: Driver) -> None:
    """Whatever it is that is read."""
    server = ScriptedServer(
        [httpx.ConnectError("refused"), problem(503, "too_busy"), httpx.ReadTimeout("slow"), answered(ME)]
    )
    driver.run(server, "me")

    assert len(server.requests) == 4


def test_reading_is_given_up_after_some_failures_in_a_row(driver: Driver) -> None:
    """The last error is told."""
    server = ScriptedServer([httpx.ConnectError("refused")] * 8)
    with pytest.raises(ConnectionLostError, match="refused"):
        driver.run(server, "me")

    assert server.answers == []


@EITHER
def test_the_first_of_failures_in_a_row_is_told(kind: type[BlockingDriver]) -> None:
    """So that a program can say why nothing happens; what is not tried again is an error only."""
    told: list[str] = []
    session = logged_in()
    session.patience = Patience(first_wait=0.0, told=lambda error: told.append(str(error)))
    lost = [httpx.ConnectError("refused"), httpx.ConnectError("still refused")]
    kind(session).run(ScriptedServer([*lost, answered(ME)]), "me")
    assert told == ["The connection to the server failed: refused."]
    kind(session).run(ScriptedServer([problem(503, "busy"), answered(ME)]), "me")
    with pytest.raises(ProblemError):
        kind(session).run(ScriptedServer([problem(404, "gone")]), "me")

    assert told == ["The connection to the server failed: refused.", "It is busy."]


def test_a_change_is_not_sent_twice(driver: Driver) -> None:
    """It may have been carried out before the line was cut."""
    with pytest.raises(ConnectionLostError):
        driver.run(ScriptedServer([httpx.ReadError("reset")]), "cancel", "a1")


def test_pages_follow_each_other(driver: Driver) -> None:
    """Until the last one."""
    pages = [
        answered({"items": [conversion(), conversion(id="a2")], "next_cursor": "c=1"}),
        answered({"items": [conversion(id="a3")], "next_cursor": None}),
    ]
    server = ScriptedServer([*pages])
    found = driver.items(server, "each")

    assert [each.id for each in found] == ["a1", "a2", "a3"]
    assert dict(server.requests[1].url.params) == {"limit": "100", "cursor": "c=1"}


@pytest.mark.parametrize("conversion_id", ["../me", "a/b", "..", "a?b#c", "ü"])
def test_an_id_stays_one_part_of_the_path(driver: Driver, conversion_id: str) -> None:
    """So that none leads to another route."""
    server = ScriptedServer([problem(404, "conversion_not_found")])
    with pytest.raises(ProblemError):
        driver.run(server, "show", conversion_id)

    (request,) = server.requests
    path = request.url.raw_path.decode()
    assert path.startswith("/v1/conversions/")
    assert path.count("/") == 3
    assert not {".", ".."} & set(path.split("/"))
    assert "?" not in path


def test_keys_are_made_with_what_is_given_only(driver: Driver) -> None:
    """The text is there once."""
    made = {
        "id": "k1",
        "name": "recorder",
        "scopes": ["convert"],
        "created_at": "2026-03-01T09:30:00Z",
        "expires_at": None,
        "last_used_at": None,
        "key": "tl_1",
    }
    server = ScriptedServer([answered(made, 201)])
    key = driver.run(server, "create_api_key", "recorder", [Scope.CONVERT])

    assert key.key == "tl_1"
    assert server.bodies == [b'{"name":"recorder","scopes":["convert"]}']


def test_addresses_are_changed_and_invitations_accepted_by_the_links_in_mails(driver: Driver) -> None:
    """A client that has the token needs no log-in."""
    server = ScriptedServer([httpx.Response(202), httpx.Response(204), httpx.Response(204)])
    driver.run(server, "change_email", "new@example.org", "pw")
    driver.run(server, "confirm_email", "t1")
    driver.run(server, "accept_invitation", "t2", "pw")

    assert authorization(server) == ["Bearer access-1", None, None]
    assert server.bodies == [
        b'{"email":"new@example.org","password":"pw"}',
        b'{"token":"t1"}',
        b'{"token":"t2","password":"pw"}',
    ]


def test_admins_find_and_change_accounts(driver: Driver) -> None:
    """All pages of them; what is not given stays."""
    managed = {**ME, "disabled": False, "has_password": True, "quota": {"audio_minutes": 5}}
    pages = [
        answered({"items": [managed], "next_cursor": "c1"}),
        answered({"items": [{**managed, "id": "u2"}], "next_cursor": None}),
    ]
    details = {**managed, "second_factor": True, "quotas": None}
    server = ScriptedServer(
        [*pages, answered({**managed, "role": "operator"}), answered(details), httpx.Response(204)]
    )
    found = driver.items(server, "users")
    changed = driver.run(server, "change_user", "u1", role=Role.OPERATOR)
    shown = driver.run(server, "user", "u1")
    driver.run(server, "remove_users_second_factor", "u1")

    assert [each.id for each in found] == ["u1", "u2"]
    assert dict(server.requests[1].url.params) == {"limit": "100", "cursor": "c1"}
    assert changed.role is Role.OPERATOR
    assert changed.quota == UserQuota(audio_minutes=5)
    assert (server.asked[2], server.bodies[2]) == (
        "PATCH /v1/admin/users/u1",
        b'{"role":"operator","disabled":null,"quota":null}',
    )
    assert (shown.second_factor, shown.quotas) == (True, None)
    assert server.asked[3:] == ["GET /v1/admin/users/u1", "DELETE /v1/admin/users/u1/second-factor"]


def test_operators_see_states_and_put_events_back_to_work(driver: Driver) -> None:
    seen = {
        "id": "c1",
        "user_id": "u1",
        "state": "failed",
        "attempt": 5,
        "video_size": 7,
        "audio_size": None,
        "audio_duration": None,
        "error": "timed_out",
        "created_at": ME["created_at"],
        "updated_at": ME["created_at"],
        "expires_at": None,
    }
    letter = {
        "id": "17",
        "queue": "converter",
        "type": "tracklift.conversion.requested.v1",
        "subject": "c1",
        "reason": "it took too long",
        "died_at": ME["created_at"],
    }
    pages = [
        answered({"items": [seen], "next_cursor": "c1"}),
        answered({"items": [{**seen, "id": "c2"}], "next_cursor": None}),
    ]
    counts = {
        "states": [{"state": "failed", "count": 2, "oldest_update": ME["created_at"]}],
        "most_counted": 10_000,
    }
    server = ScriptedServer([*pages, answered(counts), answered({"items": [letter]}), httpx.Response(204)])

    found = driver.items(server, "all_conversions", state=State.FAILED)
    counted = driver.run(server, "count_conversions")
    (dead,) = driver.run(server, "dead_letters", queue="converter")
    driver.run(server, "redrive_dead_letter", dead.queue, dead.id)

    assert [each.id for each in found] == ["c1", "c2"]
    assert dict(server.requests[1].url.params) == {"limit": "100", "state": "failed", "cursor": "c1"}
    assert [(each.state, each.count) for each in counted.states] == [(State.FAILED, 2)]
    assert server.asked[2] == "GET /v1/admin/conversion-states"
    assert dict(server.requests[3].url.params) == {"limit": "100", "queue": "converter"}
    assert server.asked[4] == "POST /v1/admin/dead-letters/converter/17/redrive"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("tracklift.example", "https://tracklift.example"),
        (" https://tracklift.example/ ", "https://tracklift.example"),
        ("localhost:8080", "http://localhost:8080"),
        ("127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("[::1]:8080", "http://[::1]:8080"),
        ("https://tracklift.example/below", "https://tracklift.example/below"),
    ],
)
def test_an_address_is_read_as_people_write_it(text: str, address: str) -> None:
    """By https where it is not this machine."""
    assert server_address(text) == address


@pytest.mark.parametrize(
    "text", ["", "ftp://a", "https://", "https://a:b", "https://a:99999", "https://ada:pw@a", "https://a/?b"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    """Before anything is sent."""
    with pytest.raises(ServerAddressError):
        server_address(text)


def test_a_server_below_a_path_is_called_there() -> None:
    """As behind a proxy."""
    server = ScriptedServer([answered(ME)])
    with Client("https://a.test/below/", logged_in(), transport=server.transport()) as client:
        client.me()

    assert server.asked == ["GET /below/v1/me"]


def test_the_clients_have_the_same_methods() -> None:
    """Each is a list of the same operations."""
    names = [
        {name for name in vars(client) if not name.startswith("_")} - {"close", "aclose"}
        for client in (Client, AsyncClient)
    ]

    assert names[0] == names[1]


def test_a_lock_that_another_holds_is_waited_for() -> None:
    """And what it has renewed is used, without a renewal of our own."""

    class Busy(MemoryTokens):
        looks = 0

        @override
        def try_lock(self) -> bool:
            self.looks += 1
            if self.looks == 2:
                self.write(session_of_another)
            return self.looks == 3 and super().try_lock()

    session_of_another = logged_in().tokens.read()
    store = Busy(logged_in(expires_at=0).tokens.read())
    store.write(type(session_of_another)("old", "refresh-0", 0.0))  # type: ignore[misc]  # it is not None
    server = ScriptedServer([answered(ME)])
    BlockingDriver(Session(tokens=store)).run(server, "me")

    assert authorization(server) == ["Bearer access-1"]
