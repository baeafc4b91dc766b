"""What happens, told while it happens: server-sent events."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import ADA, BOB, NOW, SECOND, conversion_id, next_revision
from tests.unit.http.backstage import PASSWORD, Backstage, gateway_use_cases
from tests.unit.http.exchange import Exchange
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.policies import EVENT_STREAMS_PER_USER
from tracklift_domain.conversion.watching.conversion_update import Arrival, ConversionUpdate
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.messaging.delivery import Done
from tracklift_gateway.routes import updates

PATH = f"/v1/conversions/{conversion_id(1)}/events"
KEEP_ALIVE = b": still here\n\n"


def watch(app: Litestar, backstage: Backstage, path: str = PATH) -> Exchange:
    """Begin to watch as Ada."""
    exchange = Exchange(app, "GET", path, backstage.headers())
    exchange.send()
    return exchange


def events(body: bytes) -> list[tuple[str, dict[str, Any]]]:
    """Read the events of a stream, as a browser does."""
    found = []
    for block in body.decode().split("\n\n")[:-1]:
        if block.startswith(":"):
            continue
        name, data = block.split("\n")
        assert name.startswith("event: ")
        assert data.startswith("data: ")
        found.append((name.removeprefix("event: "), json.loads(data.removeprefix("data: "))))
    return found


async def store(backstage: Backstage, conversion: Conversion, **fields: Any) -> Conversion:
    """Change a conversion as a worker does: first the record, then the news of it."""
    changed = next_revision(conversion, **fields)
    await backstage.conversions.replace(changed)
    await backstage.feed.publish(ConversionUpdate.of(changed))
    return changed


async def test_a_stream_begins_with_the_conversion_as_it_is_and_ends_when_it_has(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    queued = await backstage.add_conversion()
    exchange = watch(app, backstage)
    await exchange.until(lambda: len(events(exchange.body)) == 1)

    assert exchange.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert exchange.headers["cache-control"] == "no-store"
    assert exchange.headers["x-accel-buffering"] == "no"
    assert "content-length" not in exchange.headers
    converting = await store(backstage, queued, state=ConversionState.CONVERTING, attempt=1)
    await exchange.until(lambda: len(events(exchange.body)) == 2)
    await backstage.feed.publish(ConversionUpdate.of(converting, Progress(0.5, 12.5)))
    await exchange.until(lambda: len(events(exchange.body)) == 3)
    await store(backstage, converting, state=ConversionState.CANCELLED)
    await exchange.end()

    assert exchange.is_complete
    told = events(exchange.body)
    assert [name for name, _ in told] == ["state", "state", "progress", "state"]
    assert [data["state"] for name, data in told if name == "state"] == ["queued", "converting", "cancelled"]
    assert told[2][1] == {"id": queued.id, "progress": 0.5, "remaining": 12.5}
    shown = (await ada.get(f"/v1/conversions/{queued.id}")).json()
    assert told[3][1] == shown


@pytest.mark.parametrize(
    "state",
    [ConversionState.FAILED, ConversionState.CANCELLED, ConversionState.COMPLETED, ConversionState.EXPIRED],
)
async def test_of_a_conversion_that_has_ended_the_stream_has_one_event(
    ada: httpx.AsyncClient, backstage: Backstage, state: ConversionState
) -> None:
    await backstage.add_conversion(state=state)

    answer = await ada.get(PATH)

    assert answer.status_code == 200
    ((name, data),) = events(answer.content)
    assert (name, data["state"]) == ("state", state.value)


async def test_a_stream_says_at_once_that_it_is_open(app: Litestar, backstage: Backstage) -> None:
    exchange = watch(app, backstage, "/v1/events")
    await exchange.until(lambda: exchange.body == KEEP_ALIVE)

    exchange.disconnect()
    await exchange.end()


async def test_all_conversions_of_the_caller_are_watched_together_and_nobody_elses(
    app: Litestar, backstage: Backstage
) -> None:
    mine = await backstage.add_conversion(1)
    mine_too = await backstage.add_conversion(2)
    others = await backstage.add_conversion(3, owner_id=BOB)
    exchange = watch(app, backstage, "/v1/events")
    await exchange.until(lambda: exchange.body == KEEP_ALIVE)
    await store(backstage, others, state=ConversionState.CANCELLED)
    await store(backstage, mine, state=ConversionState.CANCELLED)
    await store(backstage, mine_too, state=ConversionState.FAILED)
    await exchange.until(lambda: len(events(exchange.body)) == 2)

    assert [data["id"] for _, data in events(exchange.body)] == [mine.id, mine_too.id]
    assert not exchange.is_complete
    exchange.disconnect()
    await exchange.end()


async def test_a_conversion_that_is_deleted_meanwhile_is_not_told_of(
    app: Litestar, backstage: Backstage
) -> None:
    gone = await backstage.add_conversion(1)
    there = await backstage.add_conversion(2)
    exchange = watch(app, backstage, "/v1/events")
    await exchange.until(lambda: exchange.body == KEEP_ALIVE)
    await backstage.conversions.remove(gone)
    await backstage.feed.publish(ConversionUpdate.of(gone))
    await backstage.feed.publish(ConversionUpdate.of(there))
    await exchange.until(lambda: len(events(exchange.body)) == 1)

    assert events(exchange.body)[0][1]["id"] == there.id
    exchange.disconnect()
    await exchange.end()


@pytest.mark.parametrize("path", [PATH, "/v1/events"])
async def test_a_deletion_is_told_with_the_id(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage, path: str
) -> None:
    """At once. It is the last event of a stream of the one conversion; a stream of all goes on."""
    queued = await backstage.add_conversion()
    exchange = watch(app, backstage, path)
    await opened(exchange)
    assert (await ada.delete(f"/v1/conversions/{queued.id}")).status_code == 204
    await exchange.until(lambda: events(exchange.body)[-1:] == [("deleted", {"id": queued.id})])
    if path == "/v1/events":
        assert not exchange.is_complete
        exchange.disconnect()
    await exchange.end()

    assert exchange.is_complete == (path == PATH)


async def test_an_upload_that_is_thrown_away_is_told_of_as_deleted(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    version = {"Tus-Resumable": "1.0.0"}
    begun = await ada.post("/v1/uploads", headers={**version, "Upload-Length": "1000"})
    upload_id = begun.headers["Location"].rpartition("/")[2]
    exchange = watch(app, backstage, f"/v1/conversions/{upload_id}/events")
    await opened(exchange)
    assert (await ada.delete(begun.headers["Location"], headers=version)).status_code == 204
    await exchange.end()

    assert events(exchange.body)[-1] == ("deleted", {"id": upload_id})


@pytest.mark.parametrize("path", [PATH, "/v1/events"])
async def test_a_client_that_goes_away_is_not_watched_for_any_longer(
    app: Litestar, backstage: Backstage, path: str
) -> None:
    await backstage.add_conversion()
    exchange = watch(app, backstage, path)
    await exchange.until(lambda: exchange.body.startswith(KEEP_ALIVE))
    assert backstage.feed.watched == {ADA}

    exchange.disconnect()
    await exchange.end()

    assert backstage.feed.watched == set()


async def test_a_client_that_goes_away_while_it_is_written_to_is_let_go(
    app: Litestar, backstage: Backstage
) -> None:
    queued = await backstage.add_conversion()
    exchange = watch(app, backstage, "/v1/events")
    await exchange.until(lambda: exchange.body == KEEP_ALIVE)
    exchange.stop_reading(after=KEEP_ALIVE)
    await backstage.feed.publish(ConversionUpdate.of(queued))
    await exchange.until(lambda: len(events(exchange.body)) == 1)
    exchange.disconnect()
    await exchange.end()

    assert backstage.feed.watched == set()


async def test_a_client_that_stops_reading_leaves_no_task_behind_when_it_goes(
    app: Litestar, backstage: Backstage
) -> None:
    exchange = watch(app, backstage, "/v1/events")
    exchange.stop_reading(after=KEEP_ALIVE)
    await exchange.until(lambda: exchange.body == KEEP_ALIVE)
    exchange.disconnect()
    await exchange.end()

    assert backstage.feed.watched == set()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_a_request_that_the_server_gives_up_is_not_watched_for_any_longer(
    app: Litestar, backstage: Backstage
) -> None:
    exchange = watch(app, backstage, "/v1/events")
    await exchange.until(lambda: exchange.body == KEEP_ALIVE)
    exchange.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await exchange.end()

    assert backstage.feed.watched == set()


async def test_a_stream_of_an_unknown_conversion_leaves_no_watcher(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    answer = await ada.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (404, "conversion_not_found")
    assert backstage.feed.watched == set()


async def test_silence_is_broken_by_comments_so_that_the_connection_is_kept(
    app: Litestar, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(updates, "KEEP_ALIVE", timedelta(milliseconds=10))
    queued = await backstage.add_conversion()
    exchange = watch(app, backstage)
    await exchange.until(lambda: exchange.body.count(KEEP_ALIVE) >= 3)
    await store(backstage, queued, state=ConversionState.CANCELLED)
    await exchange.end()

    assert [data["state"] for _, data in events(exchange.body)] == ["queued", "cancelled"]


async def test_a_stream_whose_storage_fails_ends_without_an_end_and_lets_go(
    app: Litestar, backstage: Backstage, caplog: pytest.LogCaptureFixture
) -> None:
    queued = await backstage.add_conversion()
    exchange = watch(app, backstage)
    await exchange.until(lambda: len(events(exchange.body)) == 1)
    backstage.conversion_storage.error = ServiceUnavailableError("database", "gone")
    await backstage.feed.publish(ConversionUpdate.of(queued))
    await exchange.end()

    assert not exchange.is_complete
    assert backstage.feed.watched == set()
    assert "database is not available: gone" in caplog.text
    assert exchange.headers["x-request-id"] in caplog.text


async def test_a_user_has_a_bounded_number_of_streams(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    """Of both kinds together. Other users have theirs, and a stream that ends leaves its place to another."""
    await backstage.add_conversion()
    paths = [PATH, "/v1/events"] * (EVENT_STREAMS_PER_USER // 2)
    exchanges = [watch(app, backstage, path) for path in paths]
    for exchange in exchanges:
        await opened(exchange)

    for path in (PATH, "/v1/events"):
        refused = await ada.get(path)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_streams")
        assert int(refused.headers["Retry-After"]) > 0

    bobs = Exchange(app, "GET", "/v1/events", backstage.headers(BOB))
    bobs.send()
    await bobs.until(lambda: bobs.body == KEEP_ALIVE)
    await close(exchanges.pop())
    another = watch(app, backstage, "/v1/events")
    await another.until(lambda: another.body == KEEP_ALIVE)
    for exchange in (*exchanges, bobs, another):
        await close(exchange)
    assert backstage.feed.watched == set()


async def opened(exchange: Exchange) -> None:
    """Wait for the first sign of a stream."""
    await exchange.until(lambda: exchange.body.startswith(KEEP_ALIVE))


async def close(exchange: Exchange) -> None:
    """Go away."""
    exchange.disconnect()
    await exchange.end()


@pytest.mark.parametrize("path", [PATH, "/v1/events"])
async def test_a_stream_ends_with_the_token_that_opened_it(
    app: Litestar, backstage: Backstage, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """In silence; its last event says why, so that the client opens another with a new token."""
    monkeypatch.setattr(updates, "KEEP_ALIVE", timedelta(milliseconds=10))
    await backstage.add_conversion()
    exchange = watch(app, backstage, path)
    await exchange.until(lambda: exchange.body.startswith(KEEP_ALIVE))

    backstage.clock.advance(timedelta(minutes=15))
    await exchange.end()

    assert exchange.is_complete
    assert events(exchange.body)[-1] == ("token_expired", {"code": "token_expired"})
    assert backstage.feed.watched == set()


async def test_nothing_is_told_any_more_once_the_token_has_expired(
    app: Litestar, backstage: Backstage
) -> None:
    """Also if something happens without a pause."""
    queued = await backstage.add_conversion()
    exchange = watch(app, backstage, "/v1/events")
    await exchange.until(lambda: exchange.body == KEEP_ALIVE)

    backstage.clock.advance(timedelta(minutes=15))
    for _ in range(3):
        await backstage.feed.publish(ConversionUpdate.of(queued))
    await exchange.end()

    assert [name for name, _ in events(exchange.body)] == ["token_expired"]


async def test_streams_of_a_user_who_is_deleted_end(app: Litestar, backstage: Backstage) -> None:
    """With the news that the account is gone, not only with its token."""
    exchange = watch(app, backstage, "/v1/events")
    await exchange.until(lambda: exchange.body == KEEP_ALIVE)

    await backstage.feed.end(ADA)
    await exchange.end()

    assert exchange.is_complete


async def test_a_log_out_ends_the_streams_of_its_session_alone(
    app: Litestar, client: httpx.AsyncClient, backstage: Backstage
) -> None:
    form = {"grant_type": "password", "username": "ada@example.org", "password": PASSWORD}
    first, second = [(await client.post("/v1/token", data=form)).json() for _ in range(2)]
    streams = []
    for tokens in (first, second):
        bearer = {"Authorization": f"Bearer {tokens['access_token']}"}
        streams.append(Exchange(app, "GET", "/v1/events", bearer))
        streams[-1].send()
        await opened(streams[-1])

    assert (await client.post("/v1/revoke", data={"token": first["refresh_token"]})).status_code == 200
    follow_accounts = gateway_use_cases(backstage).follow_accounts()
    for event in await backstage.outbox.pending(limit=10):
        assert await follow_accounts(event) == Done()
    await streams[0].end()

    assert streams[0].is_complete
    queued = await backstage.add_conversion()
    await backstage.feed.publish(ConversionUpdate.of(queued))
    await streams[1].until(lambda: len(events(streams[1].body)) == 1)
    await close(streams[1])


async def test_text_of_every_kind_stays_on_its_line(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    await backstage.add_completed(video_name="line\u2028 \u0085 🎤\\n.mp4", updated_at=NOW + SECOND)

    ((_, data),) = events((await ada.get(PATH)).content)

    assert data["source"]["name"] == "line\u2028 \u0085 🎤\\n.mp4"


@pytest.mark.parametrize("path", [PATH, "/v1/events"])
async def test_bytes_of_an_upload_are_told_while_they_come_in(
    app: Litestar, backstage: Backstage, path: str
) -> None:
    """Of how many, where that is known; `null` where the client did not say it."""
    uploading = await backstage.add_conversion(state=ConversionState.UPLOADING)
    exchange = watch(app, backstage, path)
    states = 1 if path == PATH else 0
    await exchange.until(lambda: len(events(exchange.body)) == states and exchange.status == 200)
    for arrival in (Arrival(1_000, 3_000), Arrival(2_000, 3_000), Arrival(2_500, None)):
        await backstage.feed.publish(ConversionUpdate.of(uploading, arrival=arrival))
    await exchange.until(lambda: len(events(exchange.body)) == states + 3)
    exchange.disconnect()
    await exchange.end()

    assert events(exchange.body)[states:] == [
        ("uploading", {"id": uploading.id, "received": 1_000, "length": 3_000}),
        ("uploading", {"id": uploading.id, "received": 2_000, "length": 3_000}),
        ("uploading", {"id": uploading.id, "received": 2_500, "length": None}),
    ]


async def test_a_resumable_upload_reports_its_bytes_to_watchers(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    """At most each second, counted from the begin of the video also in its second part; then that it is queued."""
    video = b"\0\0\0\x18ftypisom" + bytes(1_000)
    version = {"Tus-Resumable": "1.0.0"}
    begun = await ada.post("/v1/uploads", headers={**version, "Upload-Length": str(len(video))})
    upload_id = begun.headers["Location"].rpartition("/")[2]
    exchange = watch(app, backstage, f"/v1/conversions/{upload_id}/events")
    await exchange.until(lambda: len(events(exchange.body)) == 1)

    async def pieces(start: int, *ends: int) -> AsyncIterator[bytes]:
        for end in ends:
            backstage.clock.advance(SECOND)
            yield video[start:end]
            start = end

    for start, *ends in ((0, 400, 600), (600, 800, len(video))):
        part = {**version, "Content-Type": "application/offset+octet-stream", "Upload-Offset": str(start)}
        sent = await ada.patch(begun.headers["Location"], content=pieces(start, *ends), headers=part)
        assert sent.status_code == 204
    await exchange.until(lambda: events(exchange.body)[-1][1].get("state") == "queued")
    exchange.disconnect()
    await exchange.end()

    told = events(exchange.body)
    assert [data for name, data in told if name == "uploading"] == [
        {"id": upload_id, "received": received, "length": len(video)}
        for received in (400, 600, 800, len(video))
    ]
    assert [data["state"] for name, data in told if name == "state"][-1] == "queued"
