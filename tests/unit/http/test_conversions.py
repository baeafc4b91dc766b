"""Conversions one by one: show, cancel, retry, delete. And what somebody else sees of them: nothing."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx
import pytest

from tests.contracts.examples import BOB, DAY, NOW, SECOND, a_conversion, a_full_conversion, conversion_id
from tests.unit.http.backstage import Backstage, one_chunk
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.options import OPTIONS
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId

PATH = f"/v1/conversions/{conversion_id(1)}"
ACTIONS = [
    ("GET", PATH),
    ("DELETE", PATH),
    ("POST", f"{PATH}/cancel"),
    ("POST", f"{PATH}/retry"),
    ("GET", f"{PATH}/events"),
    ("GET", f"{PATH}/audio"),
]
ENDED = [
    ConversionState.COMPLETED,
    ConversionState.FAILED,
    ConversionState.CANCELLED,
    ConversionState.EXPIRED,
]


async def test_a_queued_conversion_is_shown_with_what_is_known(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_conversion()

    answer = await ada.get(PATH)

    assert answer.status_code == 200
    assert answer.json() == {
        "id": conversion_id(1),
        "state": "queued",
        "progress": 0.0,
        "remaining": None,
        "attempt": 0,
        "source": {
            "name": "talk.mp4",
            "size": None,
            "sha256": None,
            "duration": None,
            "track": None,
            "tracks": [],
            "sent": "whole",
            "kept_until": None,
        },
        "upload": None,
        "options": {option.name: option.default for option in OPTIONS},
        "audio": None,
        "error": None,
        "mail": "expected",
        "created_at": "2026-02-03T04:05:06.789123Z",
        "updated_at": "2026-02-03T04:05:06.789123Z",
        "expires_at": None,
    }


async def test_it_is_shown_that_no_outcome_is_mailed_to_an_unverified_address(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_conversion(owner=replace(a_conversion().owner, email_verified=False))

    assert (await ada.get(PATH)).json()["mail"] == "unverified_address"


async def test_a_cancelled_conversion_has_no_outcome_that_is_mailed(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_conversion(state=ConversionState.CANCELLED)

    assert (await ada.get(PATH)).json()["mail"] is None


async def test_a_conversion_under_way_is_shown_with_its_progress(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    converting = await backstage.add_conversion(state=ConversionState.CONVERTING, attempt=1)
    await backstage.feed.publish(ConversionUpdate.of(converting, Progress(0.25, 30.5)))

    shown = (await ada.get(PATH)).json()

    assert (shown["state"], shown["progress"], shown["remaining"]) == ("converting", 0.25, 30.5)


async def test_a_completed_conversion_is_shown_with_its_mp3(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    completed = await backstage.add_completed(b"an MP3", video_name="Vortrag 🎤.mp4")
    assert completed.audio is not None

    shown = (await ada.get(PATH)).json()

    assert (shown["state"], shown["progress"]) == ("completed", 1.0)
    assert shown["audio"] == {
        "name": "Vortrag 🎤.mp3",
        "size": 6,
        "sha256": completed.audio.sha256,
        "duration": 12.5,
        "bitrate": 192,
        "damage": None,
        "chapters": [],
        "url": f"{PATH}/audio",
    }
    assert (await ada.get(shown["audio"]["url"])).content == b"an MP3"


async def test_a_completed_conversion_tells_what_was_found_in_the_video(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    """The tracks and which was taken, what could not be decoded, and the chapters."""
    full = a_full_conversion()
    await backstage.conversions.add(
        replace(full, state=ConversionState.COMPLETED, owner=a_conversion().owner)
    )

    shown = (await ada.get(f"/v1/conversions/{full.id}")).json()

    assert shown["source"]["track"] == 2
    assert shown["source"]["tracks"] == [
        {"number": 1, "language": None, "codec": ".mp3", "channels": 1},
        {"number": 2, "language": "pt-br", "codec": "ec-3", "channels": 6},
    ]
    assert (shown["options"]["track"], shown["options"]["keep_delay"]) == ("pt-BR", True)
    assert full.audio is not None
    assert full.audio.damage is not None
    assert shown["audio"]["damage"] == {
        "seconds": full.audio.damage.seconds,
        "at": list(full.audio.damage.at),
        "cut_off": full.audio.damage.cut_off,
    }
    assert shown["audio"]["chapters"] == [
        {"start": chapter.start, "title": chapter.title} for chapter in full.audio.chapters
    ]


async def test_a_list_leaves_chapters_to_the_single_conversion(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    """A page of a hundred would else be of many megabytes; `null` is not taken for an MP3 without chapters."""
    full = a_full_conversion()
    await backstage.conversions.add(
        replace(full, state=ConversionState.COMPLETED, owner=a_conversion().owner)
    )
    await backstage.add_conversion()
    shown = (await ada.get(f"/v1/conversions/{full.id}")).json()

    _, listed = (await ada.get("/v1/conversions")).json()["items"]

    assert listed == {**shown, "audio": {**shown["audio"], "chapters": None}}


async def test_the_mp3_of_an_expired_conversion_is_not_offered(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    completed = await backstage.add_completed()
    await backstage.conversions.replace(completed.expire(NOW, keep_for=SECOND))

    shown = (await ada.get(PATH)).json()

    assert (shown["state"], shown["progress"], shown["audio"]) == ("expired", 1.0, None)


async def test_a_failed_conversion_is_shown_with_the_reason(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_conversion(
        state=ConversionState.FAILED, failure=Failure(FailureCode.NO_AUDIO_TRACK, "There is no sound.")
    )

    assert (await ada.get(PATH)).json()["error"] == {
        "code": "no_audio_track",
        "detail": "There is no sound.",
    }


async def test_text_of_every_script_is_shown_as_it_is(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    full = a_full_conversion()
    await backstage.conversions.add(full)
    ada.headers.update(backstage.headers(full.owner.user_id))

    shown = (await ada.get(f"/v1/conversions/{full.id}")).json()

    assert shown["source"]["name"] == full.source.name
    assert shown["options"]["title"] == full.options.title
    assert shown["options"]["end"] == full.options.end


@pytest.mark.parametrize(
    "unknown",
    ["x", "0" * 32, "..", "%00", "a%0Ab", "%F0%9F%8E%A4", "'; DROP TABLE conversions; --", "x" * 5000],
)
async def test_a_conversion_that_nobody_has_is_not_found(ada: httpx.AsyncClient, unknown: str) -> None:
    answer = await ada.get(f"/v1/conversions/{unknown}")

    assert answer.status_code in {404, 405}  # A path of dots is another path.
    assert answer.json()["code"] in {"conversion_not_found", "not_found", "method_not_allowed"}


@pytest.mark.parametrize(("method", "path"), ACTIONS)
async def test_what_belongs_to_somebody_else_is_answered_as_what_is_not_there(
    ada: httpx.AsyncClient, backstage: Backstage, method: str, path: str
) -> None:
    nowhere = await ada.request(method, path)
    await backstage.add_completed(owner_id=BOB)

    elsewhere = await ada.request(method, path)

    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "conversion_not_found")
    assert (elsewhere.status_code, elsewhere.content) == (404, nowhere.content)
    assert len(await backstage.stored_conversions(BOB)) == 1
    assert len(await backstage.stored_media()) == 1


async def test_head_tells_nothing_of_what_belongs_to_somebody_else(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    nowhere = await ada.head(f"{PATH}/audio")
    await backstage.add_completed(owner_id=BOB)

    elsewhere = await ada.head(f"{PATH}/audio")

    assert (nowhere.status_code, elsewhere.status_code) == (404, 404)
    assert elsewhere.headers["Content-Length"] == nowhere.headers["Content-Length"]
    assert "ETag" not in elsewhere.headers


@pytest.mark.parametrize(
    "state", [ConversionState.UPLOADING, ConversionState.QUEUED, ConversionState.CONVERTING]
)
async def test_cancelling_stops_what_has_not_ended_and_drops_the_video(
    ada: httpx.AsyncClient, backstage: Backstage, state: ConversionState
) -> None:
    conversion = await backstage.add_conversion(state=state)
    await backstage.media.write(conversion.source_media_id, one_chunk(b"a video"))

    answer = await ada.post(f"{PATH}/cancel")

    assert (answer.status_code, answer.json()["state"]) == (202, "cancelled")
    assert (await backstage.conversions.get(conversion.id)).state is ConversionState.CANCELLED
    assert await backstage.stored_media() == []


@pytest.mark.parametrize("state", ENDED)
async def test_what_has_ended_can_not_be_cancelled(
    ada: httpx.AsyncClient, backstage: Backstage, state: ConversionState
) -> None:
    await backstage.add_conversion(state=state)

    answer = await ada.post(f"{PATH}/cancel")

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")
    assert state.value in answer.json()["detail"]


async def test_retrying_queues_a_conversion_again_and_asks_the_workers_for_it(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    failed = await backstage.add_conversion(
        state=ConversionState.FAILED,
        failure=Failure(FailureCode.TIMED_OUT, "Too slow."),
        attempt=5,
        expires_at=NOW,
    )

    answer = await ada.post(f"{PATH}/retry")

    assert (answer.status_code, answer.json()["state"], answer.json()["error"]) == (202, "queued", None)
    pending = await backstage.outbox.pending(limit=10)
    assert [(type(event), event.subject) for event in pending] == [(ConversionRequested, failed.id)]


async def test_a_failure_that_no_retry_mends_is_not_retried(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_conversion(
        state=ConversionState.FAILED, failure=Failure(FailureCode.NOT_A_VIDEO, "It is a text.")
    )

    answer = await ada.post(f"{PATH}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "not_retryable")


@pytest.mark.parametrize("state", [state for state in ConversionState if state is not ConversionState.FAILED])
async def test_what_has_not_failed_can_not_be_retried(
    ada: httpx.AsyncClient, backstage: Backstage, state: ConversionState
) -> None:
    await backstage.add_conversion(state=state)

    answer = await ada.post(f"{PATH}/retry")

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")


async def test_converting_a_video_again_queues_another_conversion_of_it(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    first = await backstage.add_completed(number=900, source_kept_until=NOW + DAY)
    await backstage.media.write(first.source_media_id, one_chunk(b"a video"))
    path = f"/v1/conversions/{first.id}"
    shown = (await ada.get(path)).json()

    changed = {**shown["options"], "start": 1.5, "track": "deu"}
    answer = await ada.post(f"{path}/again", json=changed)

    second = answer.json()
    assert (answer.status_code, answer.headers["Location"]) == (202, f"/v1/conversions/{second['id']}")
    assert (second["state"], second["options"], second["attempt"]) == ("queued", changed, 0)
    assert second["source"] == {
        **shown["source"],
        "duration": None,
        "track": None,
        "tracks": [],
        "kept_until": None,
    }
    assert shown["source"]["kept_until"] == shown["expires_at"]
    assert (await ada.get(answer.headers["Location"])).json() == second
    pending = await backstage.outbox.pending(limit=10)
    assert [(type(event), event.subject) for event in pending] == [(ConversionRequested, second["id"])]


async def test_the_same_key_converts_a_video_again_once(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    first = await backstage.add_completed(number=900, source_kept_until=NOW + DAY)
    await backstage.media.write(first.source_media_id, one_chunk(b"a video"))
    path, key = f"/v1/conversions/{first.id}/again", {"Idempotency-Key": "one"}

    second = await ada.post(path, json={"bitrate": 64}, headers=key)
    repeated = await ada.post(path, json={"bitrate": 64}, headers=key)
    another = await ada.post(path, json={"bitrate": 96}, headers=key)

    assert repeated.json() == second.json()
    assert (another.status_code, another.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_video_that_is_deleted_is_to_be_uploaded_again(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_completed()

    answer = await ada.post(f"{PATH}/again", json={})

    assert (answer.status_code, answer.json()["code"]) == (410, "source_gone")
    assert "upload it again" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("body", "code", "named"),
    [
        ({"bitrate": 100}, "invalid_option", "bitrate"),
        ({"start": 5, "end": 2}, "invalid_option", "end"),
        ({"track": "x"}, "invalid_option", "track"),
        ({"bitrate": "high"}, "invalid_request", "bitrate"),
        ({"start": None}, "invalid_request", "start"),
        ({"normalize": 3}, "invalid_request", "normalize"),
        ({"normalize": "true"}, "invalid_request", "normalize"),
        ({"bitrate": "128"}, "invalid_request", "bitrate"),
        ({"loudness": 3}, "invalid_request", "loudness"),
        ([], "invalid_request", ""),
    ],
)
async def test_wrong_options_of_another_conversion_are_named(
    ada: httpx.AsyncClient, backstage: Backstage, body: object, code: str, named: str
) -> None:
    first = await backstage.add_completed(number=900, source_kept_until=NOW + DAY)

    answer = await ada.post(f"/v1/conversions/{first.id}/again", json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert named in answer.text
    assert len(await backstage.stored_conversions()) == 1


async def test_deleting_removes_the_record_and_everything_stored(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    completed = await backstage.add_completed()
    await backstage.media.write(completed.source_media_id, one_chunk(b"a video"))

    answer = await ada.delete(PATH)

    assert (answer.status_code, answer.content) == (204, b"")
    assert await backstage.stored_conversions() == []
    assert await backstage.stored_media() == []
    assert (await ada.delete(PATH)).status_code == 404


Call = Callable[[httpx.AsyncClient], Awaitable[httpx.Response]]


@pytest.mark.parametrize(("method", "path"), [*ACTIONS, ("GET", "/v1/conversions")])
async def test_while_the_storage_is_down_every_route_says_so_and_when_to_try_again(
    ada: httpx.AsyncClient,
    backstage: Backstage,
    method: str,
    path: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    backstage.conversion_storage.error = ServiceUnavailableError("storage", "/srv/secret: disk is broken")

    answer = await ada.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "secret" not in answer.text
    assert "/srv/secret: disk is broken" in caplog.text
    assert answer.headers["X-Request-ID"] in caplog.text


@pytest.mark.parametrize(("method", "path"), [*ACTIONS, ("GET", "/v1/conversions")])
async def test_whatever_breaks_is_answered_without_what_broke(
    ada: httpx.AsyncClient,
    backstage: Backstage,
    method: str,
    path: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    backstage.conversion_storage.error = RuntimeError("SELECT secret FROM users")

    answer = await ada.request(method, path)

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "SELECT" not in answer.text
    assert "SELECT secret FROM users" in caplog.text
    assert answer.headers["X-Request-ID"] in caplog.text


async def _ids(client: httpx.AsyncClient, **query: Any) -> tuple[list[str], str | None]:
    answer = await client.get("/v1/conversions", params=query)
    assert answer.status_code == 200
    return [item["id"] for item in answer.json()["items"]], answer.json()["next_cursor"]


async def test_a_list_without_anything_is_empty(ada: httpx.AsyncClient) -> None:
    assert await _ids(ada) == ([], None)


async def test_a_list_holds_the_callers_own_newest_first(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    for number in (1, 2, 3):
        await backstage.add_conversion(number, created_at=NOW + number * SECOND)
    await backstage.add_conversion(4, owner_id=BOB)

    assert await _ids(ada) == ([conversion_id(3), conversion_id(2), conversion_id(1)], None)


async def test_pages_follow_each_other_without_gap_or_repetition(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    for number in range(1, 8):
        await backstage.add_conversion(number, created_at=NOW + (number // 3) * SECOND)

    seen: list[str] = []
    cursor = None
    for _ in range(3):
        page, cursor = await _ids(ada, limit=3, **({"cursor": cursor} if cursor else {}))
        seen += page

    assert seen == [conversion_id(number) for number in (7, 6, 5, 4, 3, 2, 1)]
    assert cursor is None


async def test_a_page_stays_right_when_something_newer_comes_in(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    for number in (1, 2):
        await backstage.add_conversion(number, created_at=NOW + number * SECOND)
    _, cursor = await _ids(ada, limit=1)
    await backstage.add_conversion(3, created_at=NOW + 3 * SECOND)

    assert await _ids(ada, limit=1, cursor=cursor) == ([conversion_id(1)], None)


async def test_a_list_can_be_narrowed_to_a_state(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    await backstage.add_conversion(1)
    await backstage.add_conversion(2, state=ConversionState.CANCELLED)

    assert await _ids(ada, state="cancelled") == ([conversion_id(2)], None)
    assert await _ids(ada, state="expired") == ([], None)


async def test_a_list_shows_the_progress_of_what_is_under_way(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    converting = await backstage.add_conversion(state=ConversionState.CONVERTING)
    await backstage.feed.publish(ConversionUpdate.of(converting, Progress(0.5)))

    assert (await ada.get("/v1/conversions")).json()["items"][0]["progress"] == 0.5


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=-1", "limit"),
        ("limit=abc", "limit"),
        ("limit=1.5", "limit"),
        ("limit=NaN", "limit"),
        ("limit=" + "9" * 5000, "limit"),
        ("limit=1&limit=abc", "limit"),
        ("state=done", "state"),
        ("state=queued%00", "state"),
        ("cursor=" + "x" * 201, "cursor"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused_by_the_name_of_the_field(
    ada: httpx.AsyncClient, query: str, field: str
) -> None:
    answer = await ada.get(f"/v1/conversions?{query}")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["field"] == field


async def test_a_conversion_that_is_deleted_meanwhile_is_not_found_by_cancelling(
    ada: httpx.AsyncClient, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversion = await backstage.add_conversion()
    get = backstage.conversions.get

    async def get_and_lose(wanted: ConversionId) -> object:
        found = await get(wanted)
        await backstage.conversions.remove(conversion)
        return found

    monkeypatch.setattr(backstage.conversions, "get", get_and_lose)

    assert (await ada.post(f"{PATH}/cancel")).status_code == 404
