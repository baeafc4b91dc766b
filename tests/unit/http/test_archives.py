"""Several MP3s that go out in one archive."""

import io
import zipfile
from collections.abc import AsyncIterator

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import BOB, conversion_id
from tests.unit.http.backstage import Backstage
from tests.unit.http.exchange import Exchange
from tracklift_domain.errors import ServiceUnavailableError

PATH = "/v1/conversions/archive"
IDS: list[tuple[str, str | int | float | bool | None]] = [
    ("id", conversion_id(1)),
    ("id", conversion_id(2)),
]
ONE, TWO = bytes(range(256)) * 4096, b"another MP3"


@pytest.fixture
async def completed(app: Litestar, backstage: Backstage) -> None:
    """Complete two conversions of Ada's that are called the same."""
    await backstage.add_completed(ONE, video_name="Vortrag 🎤.mp4")
    await backstage.add_completed(TWO, number=2, video_name="Vortrag 🎤.mov")


@pytest.mark.usefixtures("completed")
async def test_an_archive_comes_with_its_length_and_its_name(ada: httpx.AsyncClient) -> None:
    answer = await ada.get(PATH, params=IDS)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/zip"
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    assert 'filename="Tracklift 2026-' in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        assert archive.namelist() == ["Vortrag 🎤.mp3", "Vortrag 🎤 (2).mp3"]
        assert [archive.read(name) for name in archive.namelist()] == [ONE, TWO]


@pytest.mark.usefixtures("completed")
async def test_without_any_id_there_is_none(ada: httpx.AsyncClient) -> None:
    answer = await ada.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


@pytest.mark.usefixtures("completed")
async def test_one_that_is_not_there_is_told(ada: httpx.AsyncClient) -> None:
    answer = await ada.get(PATH, params=[*IDS, ("id", conversion_id(3))])

    assert (answer.status_code, answer.json()["code"]) == (404, "conversion_not_found")


@pytest.mark.usefixtures("completed")
async def test_too_many_are_refused(ada: httpx.AsyncClient) -> None:
    answer = await ada.get(PATH, params=[("id", str(number)) for number in range(101)])

    assert (answer.status_code, answer.json()["code"]) == (413, "archive_too_large")
    assert "100 MP3s" in answer.json()["detail"]


@pytest.mark.usefixtures("completed")
async def test_a_lost_mp3_is_told_before_the_answer_begins(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    audio = (await backstage.stored_conversions())[0].audio
    assert audio is not None
    backstage.media.lose(audio.media_id)

    answer = await ada.get(PATH, params=IDS)

    assert (answer.status_code, answer.json()["code"]) == (410, "media_lost")


@pytest.mark.usefixtures("completed")
async def test_those_of_somebody_else_are_not_found(client: httpx.AsyncClient, backstage: Backstage) -> None:
    answer = await client.get(PATH, params=IDS, headers=backstage.headers(BOB))

    assert (answer.status_code, answer.json()["code"]) == (404, "conversion_not_found")


@pytest.mark.usefixtures("completed")
async def test_a_file_that_is_lost_in_the_middle_ends_the_archive_without_an_end(
    app: Litestar, backstage: Backstage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The client gets fewer bytes than it was told, and no directory of the archive."""
    read = backstage.media.read

    async def failing(media_id: str, *, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if end is None and media_id.startswith(conversion_id(2)):
            raise ServiceUnavailableError("media store", "the disk is gone")
        async for chunk in read(media_id, start=start, end=end):  # type: ignore[arg-type]  # as it was called
            yield chunk

    monkeypatch.setattr(backstage.media, "read", failing)
    query = "&".join(f"{name}={value}" for name, value in IDS)
    exchange = Exchange(app, "GET", PATH, backstage.headers(), query=query)
    exchange.send()
    await exchange.end()

    assert (exchange.status, exchange.is_complete) == (200, False)
    assert len(ONE) < len(exchange.body) < int(exchange.headers["content-length"])
    assert "the disk is gone" in caplog.text
    with pytest.raises(zipfile.BadZipFile):
        zipfile.ZipFile(io.BytesIO(exchange.body))
