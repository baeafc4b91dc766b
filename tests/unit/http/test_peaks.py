"""Peaks that go out, for waveforms."""

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import BOB, NOW, conversion_id
from tests.unit.http.backstage import DAY, Backstage
from tracklift_domain.conversion.conversion_state import ConversionState

PATH = f"/v1/conversions/{conversion_id(1)}/peaks"
PEAKS = bytes(range(256)) * 5


async def test_peaks_come_as_bytes_and_are_kept_by_the_browser(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_completed(peaks=PEAKS)

    answer = await ada.get(PATH)

    assert (answer.status_code, answer.content) == (200, PEAKS)
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Length"] == str(len(PEAKS))
    assert answer.headers["Cache-Control"] == "private, max-age=86400, immutable"


async def test_peaks_that_are_known_are_not_sent_again(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_completed(peaks=PEAKS)
    await backstage.add_completed(peaks=PEAKS[:-1], number=2)
    etag = (await ada.get(PATH)).headers["ETag"]

    again = await ada.get(PATH, headers={"If-None-Match": etag})
    other = await ada.get(f"/v1/conversions/{conversion_id(2)}/peaks", headers={"If-None-Match": etag})

    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert (other.status_code, other.content) == (200, PEAKS[:-1])


async def test_an_mp3_without_peaks_says_so(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    """As those that an older release made."""
    await backstage.add_completed()

    answer = await ada.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (404, "peaks_not_found")


@pytest.mark.parametrize(
    ("state", "status", "code"),
    [
        (ConversionState.CONVERTING, 409, "audio_not_ready"),
        (ConversionState.FAILED, 409, "audio_not_ready"),
        (ConversionState.EXPIRED, 410, "audio_expired"),
    ],
)
async def test_there_are_none_without_an_mp3(
    app: Litestar,
    ada: httpx.AsyncClient,
    backstage: Backstage,
    state: ConversionState,
    status: int,
    code: str,
) -> None:
    await backstage.add_conversion(state=state, expires_at=NOW + DAY)

    answer = await ada.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_those_of_somebody_else_are_not_found(
    app: Litestar, client: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_completed(peaks=PEAKS)

    answer = await client.get(PATH, headers=backstage.headers(BOB))

    assert (answer.status_code, answer.json()["code"]) == (404, "conversion_not_found")


async def test_lists_and_records_leave_them_out(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    await backstage.add_completed(peaks=PEAKS)

    shown = (await ada.get(f"/v1/conversions/{conversion_id(1)}")).json()
    listed = (await ada.get("/v1/conversions")).json()["items"][0]

    assert "peaks" not in shown["audio"]
    assert "peaks" not in listed["audio"]
