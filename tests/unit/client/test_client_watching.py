"""Event streams: how they are read, and that they go on when they break off."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.client.scripted_server import (
    SERVER,
    Driver,
    ScriptedServer,
    answered,
    conversion,
    logged_in,
    problem,
    stream,
    tokens,
)
from tracklift_client.async_client import AsyncClient
from tracklift_client.errors import ConnectionLostError, ProblemError, UnexpectedAnswerError
from tracklift_client.event_stream import EventReader, ServerEvent
from tracklift_client.models.conversions import Conversion, Deleted, Progress
from tracklift_client.patience import Patience


def event(name: str, data: Any) -> bytes:
    """Write an event as the server does."""
    return f"event: {name}\ndata: {json.dumps(data)}\n\n".encode()


STATE = event("state", conversion("converting"))
PROGRESS = event("progress", {"id": "a1", "progress": 0.5, "remaining": 3.0})
DONE = event("state", conversion("completed", updated_at="2026-03-01T09:31:00Z"))


def seen(updates: list[Any]) -> list[str]:
    """Name each update in a word."""
    return [each.state if isinstance(each, Conversion) else f"{each.progress:.0%}" for each in updates]


def test_states_and_progress_are_given_until_the_conversion_ends(driver: Driver) -> None:
    """What comes behind is not waited for."""
    server = ScriptedServer([stream(b": still here\n\n", STATE, PROGRESS + DONE, STATE)])
    found = driver.items(server, "watch", "a1")

    assert seen(found) == ["converting", "50%", "completed"]
    assert found[1] == Progress(id="a1", progress=0.5, remaining=3.0)


@pytest.mark.parametrize("lost", [True, False], ids=["cut", "ended"])
def test_a_stream_that_breaks_off_is_opened_again(driver: Driver, lost: bool) -> None:  # noqa: FBT001
    """After the record was read anew; half an event is forgotten."""
    server = ScriptedServer(
        [
            stream(STATE, DONE[:-10], lost=lost),
            answered(conversion("converting")),
            httpx.ConnectError("refused"),
            answered(conversion("converting")),
            stream(STATE, DONE),
        ]
    )

    assert seen(driver.items(server, "watch", "a1")) == ["converting", "converting", "completed"]


async def test_a_stream_that_breaks_off_is_not_told_as_an_outage() -> None:
    """Proxies cut streams that live long; the request behind it shows whether the server is there."""
    told: list[str] = []
    session = logged_in()
    session.patience = Patience(first_wait=0.0, told=lambda error: told.append(str(error)))
    answers = [
        stream(STATE, lost=True),
        answered(conversion("converting")),
        stream(STATE, lost=True),
        httpx.ConnectError("refused"),
        answered(conversion("failed")),
    ]
    async with AsyncClient(SERVER, session, transport=ScriptedServer(answers).transport()) as client:
        assert seen([each async for each in client.watch("a1")]) == ["converting", "converting", "failed"]

    assert told == ["The connection to the server failed: refused."]


def test_an_end_while_the_stream_was_away_is_found_in_the_record(driver: Driver) -> None:
    """No other stream is opened."""
    server = ScriptedServer([stream(STATE, lost=True), answered(conversion("failed"))])

    assert seen(driver.items(server, "watch", "a1")) == ["converting", "failed"]
    assert server.asked == ["GET /v1/conversions/a1/events", "GET /v1/conversions/a1"]


def test_a_stream_whose_token_expires_goes_on_with_another(driver: Driver) -> None:
    """The server says so in its last event."""
    ended = event("token_expired", {"code": "token_expired"})
    server = ScriptedServer(
        [
            stream(STATE, ended),
            problem(401, "token_expired"),
            tokens(2),
            answered(conversion("converting")),
            stream(DONE),
        ]
    )

    assert seen(driver.items(server, "watch", "a1")) == ["converting", "completed"]
    assert server.requests[-1].headers["Authorization"] == "Bearer access-2"


def test_an_event_id_is_sent_with_the_next_stream(driver: Driver) -> None:
    """So that a server that numbers its events goes on behind it."""
    server = ScriptedServer([stream(b"id: 7\n" + STATE), answered(conversion("converting")), stream(DONE)])
    driver.items(server, "watch", "a1")

    assert server.requests[2].headers["Last-Event-ID"] == "7"


def test_a_conversion_of_another_is_a_problem(driver: Driver) -> None:
    """Not a stream to wait for."""
    with pytest.raises(ProblemError) as raised:
        driver.items(ScriptedServer([problem(404, "conversion_not_found")]), "watch", "a1")

    assert raised.value.status == 404


def test_a_conversion_that_is_deleted_is_a_problem_at_once(driver: Driver) -> None:
    """What comes behind is not waited for."""
    gone = event("deleted", {"id": "a1"})
    server = ScriptedServer([stream(STATE, gone, STATE), problem(404, "conversion_not_found")])
    found: list[Any] = []
    with pytest.raises(ProblemError) as raised:
        driver.items(server, "watch", "a1", into=found)

    assert raised.value.status == 404
    assert seen(found) == ["converting"]


def test_deletions_are_given_where_all_are_watched(driver: Driver) -> None:
    """What is deleted is not asked for when the stream breaks off."""
    gone = event("deleted", {"id": "a1"})
    server = ScriptedServer(
        [
            stream(STATE, gone, lost=True),
            answered({"items": [], "next_cursor": None}),
            problem(403, "insufficient_scope"),
        ]
    )
    found: list[Any] = []
    with pytest.raises(ProblemError):
        driver.items(server, "watch_all", into=found)

    assert found[1:] == [Deleted(id="a1")]


def test_watching_is_given_up_when_the_server_stays_away(driver: Driver) -> None:
    """After as many failures in a row as anywhere else."""
    with pytest.raises(ConnectionLostError):
        driver.items(ScriptedServer([stream(STATE), *[httpx.ConnectError("refused")] * 8]), "watch", "a1")


def test_watching_all_catches_up_with_what_it_missed(driver: Driver) -> None:
    """The end of one that it knew, the begin of a new one; not the end of one that it never saw."""
    new = conversion("queued", id="a2")
    old = conversion("completed", id="a0")
    done = conversion("completed", updated_at="2026-03-01T09:31:00Z")
    server = ScriptedServer(
        [
            stream(STATE, lost=True),
            answered({"items": [new, done, old], "next_cursor": None}),
            problem(403, "insufficient_scope"),
        ]
    )
    found: list[Any] = []
    with pytest.raises(ProblemError):
        driver.items(server, "watch_all", into=found)

    assert [(each.id, each.state) for each in found] == [
        ("a1", "converting"),
        ("a1", "completed"),
        ("a2", "queued"),
    ]


def test_lines_are_found_however_the_stream_is_cut() -> None:
    """Also in the middle of a character."""
    whole = "event: state\ndata: ü\ndata: b\nid: 1\n\n: note\n\ndata:x\n\nevent: none\n\n".encode()
    expected = [ServerEvent("state", "ü\nb".encode(), "1"), ServerEvent("message", b"x", "1")]
    for cut in range(len(whole)):
        reader = EventReader()

        assert [*reader.events(whole[:cut]), *reader.events(whole[cut:])] == expected


def test_line_ends_of_windows_are_read_too() -> None:
    """A proxy may have made them."""
    reader = EventReader()

    assert [each.data for each in reader.events(b"data: a\r\n\r\ndata: b\r\n\r\n")] == [b"a", b"b"]


def test_an_event_without_an_end_is_not_gathered_for_ever() -> None:
    """A hostile server would fill the memory."""
    reader = EventReader()
    endless = (piece for _ in range(100) for piece in reader.events(b"data: " + bytes(1024 * 1024)))
    with pytest.raises(UnexpectedAnswerError):
        list(endless)
