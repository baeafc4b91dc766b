"""MP3s that go out: whole, in parts, or not at all."""

import asyncio
from collections.abc import AsyncIterator
from email.utils import format_datetime

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import NOW, SECOND, conversion_id
from tests.unit.http.backstage import Backstage
from tests.unit.http.exchange import Exchange
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.errors import ServiceUnavailableError

PATH = f"/v1/conversions/{conversion_id(1)}/audio"
CONTENT = bytes(range(256)) * 4096
"""A megabyte: several chunks of the store."""
LAST = len(CONTENT) - 1


@pytest.fixture
async def completed(app: Litestar, backstage: Backstage) -> Conversion:
    """Give a completed conversion of Ada's."""
    return await backstage.add_completed(CONTENT, video_name='Vortrag "eins" 🎤.mp4')


@pytest.fixture
def etag(completed: Conversion) -> str:
    """Give the entity tag of its MP3."""
    assert completed.audio is not None
    return f'"{completed.audio.sha256}"'


async def test_the_whole_mp3_comes_with_its_length_its_name_and_its_tag(
    ada: httpx.AsyncClient, etag: str
) -> None:
    answer = await ada.get(PATH)

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert {
        name: answer.headers[name] for name in ("Content-Type", "Content-Length", "Accept-Ranges", "ETag")
    } == {
        "Content-Type": "audio/mpeg",
        "Content-Length": str(len(CONTENT)),
        "Accept-Ranges": "bytes",
        "ETag": etag,
    }
    assert answer.headers["Cache-Control"] == "private, no-cache"
    assert (
        answer.headers["Content-Disposition"] == 'attachment; filename="Vortrag _eins_ _.mp3"; '
        "filename*=UTF-8''Vortrag%20%22eins%22%20%F0%9F%8E%A4.mp3"
    )


@pytest.mark.parametrize(
    ("header", "content_range", "part"),
    [
        ("bytes=0-0", f"bytes 0-0/{len(CONTENT)}", CONTENT[:1]),
        ("bytes=0-299999", f"bytes 0-299999/{len(CONTENT)}", CONTENT[:300_000]),
        ("bytes=262140-262150", f"bytes 262140-262150/{len(CONTENT)}", CONTENT[262_140:262_151]),
        ("bytes=1000000-", f"bytes 1000000-{LAST}/{len(CONTENT)}", CONTENT[1_000_000:]),
        ("bytes=-7", f"bytes {LAST - 6}-{LAST}/{len(CONTENT)}", CONTENT[-7:]),
        ("bytes=5-99999999999", f"bytes 5-{LAST}/{len(CONTENT)}", CONTENT[5:]),
        ("bytes=0-", f"bytes 0-{LAST}/{len(CONTENT)}", CONTENT),
    ],
)
@pytest.mark.usefixtures("completed")
async def test_a_part_comes_alone_and_says_which_it_is(
    ada: httpx.AsyncClient, header: str, content_range: str, part: bytes
) -> None:
    answer = await ada.get(PATH, headers={"Range": header})

    assert (answer.status_code, answer.headers["Content-Range"]) == (206, content_range)
    assert answer.headers["Content-Length"] == str(len(part))
    assert answer.content == part


@pytest.mark.parametrize(
    "header", ["bytes=0-1,5-6", "bytes=9-0", "items=0-1", "bytes=abc", "bytes=0-" + "9" * 5000]
)
@pytest.mark.usefixtures("completed")
async def test_a_range_that_makes_no_sense_is_ignored(ada: httpx.AsyncClient, header: str) -> None:
    answer = await ada.get(PATH, headers={"Range": header})

    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert "Content-Range" not in answer.headers


@pytest.mark.parametrize("header", [f"bytes={len(CONTENT)}-", "bytes=9999999999999999999-", "bytes=-0"])
@pytest.mark.usefixtures("completed")
async def test_a_range_beyond_the_end_is_refused_with_the_length(ada: httpx.AsyncClient, header: str) -> None:
    answer = await ada.get(PATH, headers={"Range": header})

    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(CONTENT)}"


@pytest.mark.parametrize("known", ["{}", "W/{}", '"other", {}', "*"])
async def test_what_the_client_knows_is_not_sent_again(ada: httpx.AsyncClient, etag: str, known: str) -> None:
    for method in ("GET", "HEAD"):
        answer = await ada.request(
            method, PATH, headers={"If-None-Match": known.format(etag), "Range": "bytes=0-1"}
        )

        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["ETag"] == etag
        assert answer.headers["Cache-Control"] == "private, no-cache"


AT_ITS_TIME = format_datetime(NOW, usegmt=True)
BEFORE = format_datetime(NOW - SECOND, usegmt=True)


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize(
    "wanted",
    [
        {"If-Match": '"other"'},
        {"If-Match": "W/{}"},
        {"If-Match": ""},
        {"If-Match": '"other"', "If-None-Match": "{}"},
        {"If-Match": '"other"', "If-Unmodified-Since": AT_ITS_TIME},
        {"If-Unmodified-Since": BEFORE},
        {"If-Unmodified-Since": BEFORE, "If-None-Match": "{}"},
    ],
)
async def test_another_mp3_than_the_client_wants_is_not_sent(
    ada: httpx.AsyncClient, etag: str, wanted: dict[str, str], method: str
) -> None:
    """Not even a part of it; this is looked at before what the client knows already."""
    headers = {name: value.format(etag) for name, value in wanted.items()}
    answer = await ada.request(method, PATH, headers={**headers, "Range": "bytes=0-1"})

    assert answer.status_code == 412
    assert method == "HEAD" or answer.json()["code"] == "precondition_failed"
    assert answer.headers["ETag"] == etag


@pytest.mark.parametrize(
    "wanted",
    [
        {"If-Match": "{}"},
        {"If-Match": '"other", {}'},
        {"If-Match": "*"},
        {"If-Match": "{}", "If-Unmodified-Since": BEFORE},
        {"If-Unmodified-Since": AT_ITS_TIME},
        {"If-Unmodified-Since": "yesterday"},
        {"If-Unmodified-Since": "Tue, 03 Feb 9999 04:05:06"},
    ],
)
async def test_the_mp3_that_the_client_wants_is_sent(
    ada: httpx.AsyncClient, etag: str, wanted: dict[str, str]
) -> None:
    headers = {name: value.format(etag) for name, value in wanted.items()}
    answer = await ada.get(PATH, headers={**headers, "Range": "bytes=1000-"})

    assert (answer.status_code, answer.content) == (206, CONTENT[1000:])


@pytest.mark.usefixtures("completed")
async def test_what_the_client_does_not_know_is_sent(ada: httpx.AsyncClient) -> None:
    answer = await ada.get(PATH, headers={"If-None-Match": '"other"'})

    assert (answer.status_code, answer.content) == (200, CONTENT)


async def test_a_download_goes_on_where_it_broke_off_if_the_file_is_the_same(
    ada: httpx.AsyncClient, etag: str
) -> None:
    answer = await ada.get(PATH, headers={"If-Range": etag, "Range": "bytes=1000-"})

    assert (answer.status_code, answer.content) == (206, CONTENT[1000:])


@pytest.mark.parametrize("known", ['"other"', "W/{}", "Tue, 03 Feb 2026 04:05:06 GMT", ""])
async def test_a_download_begins_anew_if_the_file_may_be_another(
    ada: httpx.AsyncClient, etag: str, known: str
) -> None:
    answer = await ada.get(PATH, headers={"If-Range": known.format(etag), "Range": "bytes=1000-"})

    assert (answer.status_code, answer.content) == (200, CONTENT)


@pytest.mark.parametrize("headers", [{}, {"Range": "bytes=0-9"}, {"Range": "bytes=9999999999-"}])
async def test_head_gives_the_headers_of_the_whole_file(
    ada: httpx.AsyncClient, etag: str, headers: dict[str, str]
) -> None:
    get, head = await ada.get(PATH), await ada.head(PATH, headers=headers)

    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["ETag"] == etag
    changing = {"x-request-id"}
    assert {name: value for name, value in head.headers.items() if name not in changing} == {
        name: value for name, value in get.headers.items() if name not in changing
    }


@pytest.mark.parametrize(
    "state",
    [
        ConversionState.UPLOADING,
        ConversionState.QUEUED,
        ConversionState.CONVERTING,
        ConversionState.FAILED,
        ConversionState.CANCELLED,
    ],
)
async def test_without_an_mp3_there_is_nothing_to_download(
    ada: httpx.AsyncClient, backstage: Backstage, state: ConversionState
) -> None:
    await backstage.add_conversion(state=state)

    answer = await ada.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (409, "audio_not_ready")
    assert state.value in answer.json()["detail"]


async def test_an_expired_mp3_is_gone(
    ada: httpx.AsyncClient, backstage: Backstage, completed: Conversion
) -> None:
    await backstage.conversions.replace(completed.expire(NOW, keep_for=SECOND))

    answer = await ada.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (410, "audio_expired")


@pytest.mark.parametrize("loss", ["delete", "lose"])
async def test_a_lost_mp3_is_gone_and_not_to_be_tried_again(
    ada: httpx.AsyncClient, backstage: Backstage, completed: Conversion, loss: str
) -> None:
    """Missing or damaged; and it is said before an answer begins."""
    assert completed.audio is not None
    if loss == "delete":
        await backstage.media.delete(completed.audio.media_id)
    else:
        backstage.media.lose(completed.audio.media_id)

    answer = await ada.get(PATH)

    assert (answer.status_code, answer.json()["code"]) == (410, "media_lost")
    assert "Retry-After" not in answer.headers
    assert "upload the video again" in answer.json()["detail"]
    assert completed.audio.media_id not in answer.text
    head = await ada.head(PATH)
    assert (head.status_code, head.content) == (410, b"")


@pytest.mark.usefixtures("completed")
async def test_an_mp3_that_can_not_be_read_now_is_not_available(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.media_storage.error = ServiceUnavailableError("media store", "no route to 10.0.0.7")

    answer = await ada.get(PATH)

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert "10.0.0.7" not in answer.text


async def test_an_mp3_of_one_byte_is_downloaded(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    await backstage.add_completed(b"x")

    assert (await ada.get(PATH)).content == b"x"


class Reading:
    """A reading of three chunks that then stands still or fails, and that tells when it is let go."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.closed = False

    async def read(self, *_: object, **__: object) -> AsyncIterator[bytes]:
        try:
            for _number in range(3):
                yield b"x" * 100
            if self.error:
                raise self.error
            await asyncio.Event().wait()
        finally:
            self.closed = True


async def test_a_client_that_goes_away_lets_go_of_the_file_at_once(
    app: Litestar, backstage: Backstage, completed: Conversion, monkeypatch: pytest.MonkeyPatch
) -> None:
    reading = Reading()
    monkeypatch.setattr(backstage.media, "read", reading.read)
    exchange = Exchange(app, "GET", PATH, backstage.headers())
    exchange.send()
    await exchange.until(lambda: len(exchange.body) == 300)
    exchange.disconnect()
    await exchange.end()

    assert not exchange.is_complete
    assert reading.closed
    assert completed.audio is not None


@pytest.mark.usefixtures("completed")
async def test_a_reading_that_fails_in_the_middle_ends_without_an_end(
    app: Litestar, backstage: Backstage, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    reading = Reading(ServiceUnavailableError("media store", "the disk is gone"))
    monkeypatch.setattr(backstage.media, "read", reading.read)
    exchange = Exchange(app, "GET", PATH, backstage.headers())
    exchange.send()
    await exchange.end()

    assert (exchange.status, len(exchange.body)) == (200, 300)
    assert not exchange.is_complete
    assert reading.closed
    assert "the disk is gone" in caplog.text
    assert exchange.headers["x-request-id"] in caplog.text
