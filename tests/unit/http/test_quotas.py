"""Limits of users over HTTP: what exceeds them is refused by name, and each user sees how far they are used."""

from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import ADA, NOW, conversion_id
from tests.unit.http.backstage import Backstage
from tests.unit.http.exchange import Exchange
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.ports import MadeAudio
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.upload.upload_quotas import next_month
from tracklift_domain.user.quota import UserQuota

VIDEO = {"Content-Type": "video/mp4"}
TUS = {"Tus-Resumable": "1.0.0"}
FORM = {"file": ("talk.mp4", b"12345", "video/mp4")}


async def limit(backstage: Backstage, **limits: int) -> None:
    """Set limits for Ada."""
    await backstage.user_quotas.record(ADA, UserQuota(**limits), revision=2)


def refused(answer: httpx.Response) -> tuple[int, str, str, int, int]:
    """Give what an answer says of the limit that was exceeded."""
    problem = answer.json()
    return answer.status_code, problem["code"], problem["quota"], problem["limit"], problem["used"]


async def test_stored_bytes_are_limited_whichever_way_a_video_comes(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await limit(backstage, stored_bytes=10)
    answer = await ada.post("/v1/conversions", content=b"1234567", headers=VIDEO)
    assert answer.status_code == 202

    answers = [
        await ada.post("/v1/conversions", content=b"1234", headers=VIDEO),
        await ada.post("/v1/conversions", files=FORM),
        await ada.post("/v1/uploads", headers={**TUS, "Upload-Length": "4"}),
    ]

    for answer in answers:
        assert refused(answer) == (403, "quota_exceeded", "stored_bytes", 10, 7)
        assert answer.json()["until"] is None
    assert len(await backstage.stored_conversions()) == 1
    begun = await ada.post("/v1/uploads", headers={**TUS, "Upload-Length": "3"})
    assert begun.status_code == 201


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "video/mp4", "Transfer-Encoding": "chunked"},
        {"Content-Type": "video/mp4", "Content-Length": "9"},
        {"Content-Type": "multipart/form-data; boundary=x", "Content-Length": "9"},
    ],
)
async def test_nothing_is_read_of_a_body_that_is_refused(
    backstage: Backstage, app: Litestar, headers: dict[str, str]
) -> None:
    """So a client that waits for the answer need not send it."""
    await limit(backstage, stored_bytes=0)

    exchange = Exchange(app, "POST", "/v1/conversions", {**backstage.headers(), **headers})
    await exchange.until(lambda: exchange.status is not None)

    assert (exchange.status, exchange.taken) == (403, 0)
    exchange.disconnect()
    await exchange.end()


async def test_a_body_of_unknown_length_is_stopped_where_no_room_is_left(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        yield b"12345"
        yield b"123456"

    await limit(backstage, stored_bytes=10)
    answer = await ada.post("/v1/conversions", content=chunks(), headers=VIDEO)

    assert refused(answer) == (403, "quota_exceeded", "stored_bytes", 10, 0)
    assert await backstage.stored_conversions() == []
    assert await backstage.stored_media() == []


async def test_minutes_of_audio_are_limited_until_the_month_ends(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await limit(backstage, audio_minutes=2)
    await backstage.ledger.record(
        MadeAudio(conversion_id=conversion_id(1), owner_id=ADA, made_at=NOW, duration=125.5)
    )

    answer = await ada.post("/v1/conversions", content=b"1", headers=VIDEO)

    assert refused(answer) == (403, "quota_exceeded", "audio_minutes", 2, 2)
    assert answer.json()["until"] == "2026-03-01T00:00:00Z"
    backstage.clock.advance(next_month(NOW) - NOW)
    later = {**VIDEO, **backstage.headers()}
    assert (await ada.post("/v1/conversions", content=b"1", headers=later)).status_code == 202


async def test_conversions_in_flight_are_limited(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    await limit(backstage, conversions_in_flight=1)
    await backstage.add_conversion(state=ConversionState.CONVERTING)

    answer = await ada.post("/v1/conversions", content=b"1", headers=VIDEO)

    assert refused(answer) == (429, "too_many_conversions", "conversions_in_flight", 1, 1)
    assert answer.json()["until"] is None
    assert answer.headers["Retry-After"]


@pytest.mark.parametrize("size", [5, 100_001])
async def test_one_upload_may_be_as_large_as_the_user_may_send(
    ada: httpx.AsyncClient, backstage: Backstage, size: int
) -> None:
    """Smaller or larger than what others may."""
    await limit(backstage, upload_bytes=size)
    assert (await ada.post("/v1/conversions", content=bytes(size), headers=VIDEO)).status_code == 202

    for answer in (
        await ada.post("/v1/conversions", content=bytes(size + 1), headers=VIDEO),
        await ada.post("/v1/uploads", headers={**TUS, "Upload-Length": str(size + 1)}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


async def test_an_upload_that_is_sent_again_with_its_key_needs_no_more_room(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await limit(backstage, stored_bytes=5, conversions_in_flight=1)
    headers = {**VIDEO, "Idempotency-Key": "a key"}
    first = await ada.post("/v1/conversions", content=b"12345", headers=headers)

    again = await ada.post("/v1/conversions", content=b"12345", headers=headers)

    assert (again.status_code, again.json()["id"]) == (202, first.json()["id"])


async def test_the_account_shows_how_far_limits_are_used(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await limit(backstage, stored_bytes=1000, upload_bytes=7)
    done = await backstage.add_completed(b"an MP3")
    await backstage.add_conversion(2)
    await backstage.ledger.record(MadeAudio(conversion_id=done.id, owner_id=ADA, made_at=NOW, duration=119.9))

    quotas = (await ada.get("/v1/me")).json()["quotas"]

    assert done.expires_at is not None
    assert quotas == {
        "stored_bytes": {
            "used": 6,
            "limit": 1000,
            "until": done.expires_at.isoformat().replace("+00:00", "Z"),
        },
        "audio_minutes": {"used": 1, "limit": None, "until": "2026-03-01T00:00:00Z"},
        "conversions_in_flight": {"used": 1, "limit": 5, "until": None},
        "upload_bytes": 7,
    }


async def test_uploads_are_refused_while_limits_can_not_be_looked_up(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.conversion_storage.error = ServiceUnavailableError("The storage", "it is down")
    answer = await ada.post("/v1/conversions", content=b"1", headers=VIDEO)
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
