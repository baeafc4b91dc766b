"""Conversions that get another name."""

from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import BOB, NOW, conversion_id
from tests.unit.http.backstage import DAY, Backstage
from tracklift_domain.conversion.conversion_state import ConversionState

PATH = f"/v1/conversions/{conversion_id(1)}"


async def test_record_list_and_download_have_the_new_name(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    """In any script."""
    await backstage.add_completed(b"an MP3")

    answer = await ada.patch(PATH, json={"name": "講演 1.2 🎤"})

    assert answer.status_code == 200
    assert (answer.json()["source"]["name"], answer.json()["audio"]["name"]) == (
        "講演 1.2 🎤.mp4",
        "講演 1.2 🎤.mp3",
    )
    assert (await ada.get(PATH)).json() == answer.json()
    assert (await ada.get("/v1/conversions")).json()["items"][0]["source"]["name"] == "講演 1.2 🎤.mp4"
    download = await ada.get(f"{PATH}/audio")
    assert download.content == b"an MP3"
    assert download.headers["Content-Disposition"] == (
        "attachment; filename=\"__ 1.2 _.mp3\"; filename*=UTF-8''%E8%AC%9B%E6%BC%94%201.2%20%F0%9F%8E%A4.mp3"
    )


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"name": ""}, "invalid_name", "is empty"),
        ({"name": "one\r\nSet-Cookie: x"}, "invalid_name", "control characters"),
        ({"name": "x" * 1000}, "invalid_name", "too long"),
        ({"name": 5}, "invalid_request", "name"),
        ({}, "invalid_request", "name"),
        ([], "invalid_request", ""),
    ],
)
async def test_a_name_that_will_not_do_is_refused_with_the_reason(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage, body: Any, code: str, words: str
) -> None:
    await backstage.add_completed()

    answer = await ada.patch(PATH, json=body)

    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert words in answer.json()["detail"]
    assert (await ada.get(PATH)).json()["source"]["name"] == "talk.mp4"


async def test_a_body_of_another_kind_is_refused(app: Litestar, ada: httpx.AsyncClient) -> None:
    answer = await ada.patch(PATH, content=b"name=x", headers={"Content-Type": "text/plain"})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


async def test_a_video_that_is_coming_in_is_not_renamed(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_conversion(state=ConversionState.UPLOADING, expires_at=NOW + DAY)

    answer = await ada.patch(PATH, json={"name": "Sooner"})

    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_state")


async def test_that_of_somebody_else_is_not_found(
    app: Litestar, client: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_completed()

    answer = await client.patch(PATH, json={"name": "Mine"}, headers=backstage.headers(BOB))

    assert (answer.status_code, answer.json()["code"]) == (404, "conversion_not_found")


async def test_an_upload_that_is_repeated_with_its_key_finds_what_was_renamed(
    app: Litestar, ada: httpx.AsyncClient
) -> None:
    """As when its answer was lost, and the user has seen the conversion on a page meanwhile."""
    video: dict[str, Any] = {
        "content": b"a video",
        "headers": {"Content-Type": "video/mp4", "Idempotency-Key": "a key"},
    }
    first = (await ada.post("/v1/conversions?name=talk.mp4", **video)).raise_for_status().json()
    (await ada.patch(f"/v1/conversions/{first['id']}", json={"name": "lecture"})).raise_for_status()

    again = await ada.post("/v1/conversions?name=talk.mp4", **video)

    assert (again.status_code, again.json()["id"]) == (202, first["id"])
    assert again.json()["source"]["name"] == "lecture.mp4"
