"""Uploads that are no forms, break off, stand still or never end: each refused, and nothing of them kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import BOB, NOW
from tests.unit.http.backstage import Backstage
from tests.unit.http.exchange import Exchange
from tests.unit.http.forms import BOUNDARY, CONTENT_TYPE, closing, field, file, form, part
from tests.unit.http.test_uploads import PATH, VIDEO, assert_nothing_is_left, send_bare, send_form
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.policies import RetentionPolicy

BARE = {"Content-Type": "video/mp4"}


def upload(app: Litestar, backstage: Backstage, query: str = "", **headers: str) -> Exchange:
    """Begin an upload as Ada that goes on as the test wants."""
    return Exchange(app, "POST", PATH, {**backstage.headers(), **headers}, query=query)


async def send_raw(
    client: httpx.AsyncClient, body: bytes, content_type: str = CONTENT_TYPE
) -> httpx.Response:
    return await client.post(PATH, content=body, headers={"Content-Type": content_type})


MALFORMED = {
    "no boundary in the body": b"just a video, not in a form" * 10,
    "text before the boundary": b"preamble" + form(file()),
    "a preamble without end": b"x" * 50_000,
    "another boundary": b"--other\r\n\r\n" + b"x" * 100 + b"\r\n--other--\r\n",
    "only line feeds": form(file()).replace(b"\r\n", b"\n"),
    "junk behind a boundary": form(file()).replace(
        f"{BOUNDARY}\r\n".encode(), f"{BOUNDARY}junk\r\n".encode()
    ),
    "no headers at all": f"--{BOUNDARY}\r\n\r\nx\r\n".encode() + closing(),
    "no disposition": f"--{BOUNDARY}\r\nContent-Type: video/mp4\r\n\r\nx\r\n".encode() + closing(),
    "no name": form(part("form-data", b"x")),
    "another disposition": form(part('attachment; name="file"', b"x")),
    "a header without a colon": f"--{BOUNDARY}\r\nContent-Disposition\r\n\r\nx\r\n".encode() + closing(),
    "a folded header": form(part('form-data;\r\n name="file"', b"x")),
    "a header that is not a text": f"--{BOUNDARY}\r\n".encode() + b"X: \xff\xfe\r\n\r\nx\r\n" + closing(),
    "a header that is too long": form(part(f'form-data; name="{"x" * 5000}"', b"x")),
    "a header that never ends": f"--{BOUNDARY}\r\nX: {'x' * 20_000}".encode(),
    "too many headers": (f"--{BOUNDARY}\r\n" + "X: 1\r\n" * 9 + "\r\nx\r\n").encode() + closing(),
    "a wrong length of a part": form(part('form-data; name="file"\r\nContent-Length: 1', b"xx")),
}


@pytest.mark.parametrize("body", MALFORMED.values(), ids=MALFORMED.keys())
async def test_a_form_that_is_none_is_refused(
    ada: httpx.AsyncClient, backstage: Backstage, body: bytes
) -> None:
    answer = await send_raw(ada, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_form")
    await assert_nothing_is_left(backstage)


@pytest.mark.parametrize("behind", [b"", b"\r\n", b"an epilogue", b"\r\n" + b"x" * 100_000])
async def test_what_follows_the_closing_boundary_has_no_meaning(
    ada: httpx.AsyncClient, backstage: Backstage, behind: bytes
) -> None:
    whole = form(file(VIDEO)).removesuffix(b"\r\n") + behind

    assert (await send_raw(ada, whole)).json()["source"]["size"] == len(VIDEO)


async def test_what_follows_the_closing_boundary_has_no_meaning_however_it_is_cut(
    app: Litestar, backstage: Backstage
) -> None:
    exchange = upload(app, backstage, **{"Content-Type": CONTENT_TYPE})
    exchange.send(form(file(VIDEO)).removesuffix(b"\r\n"), more=True)
    exchange.send(b"\r", more=True)
    exchange.send(b"\n")
    await exchange.end()

    assert exchange.status == 202


@pytest.mark.parametrize("size", [1, 2, 3, 7, 64, 1000])
async def test_a_form_is_the_same_however_it_is_cut(app: Litestar, backstage: Backstage, size: int) -> None:
    video = VIDEO[:500] + f"\r\n--{BOUNDARY[:-1]}x--\r\n".encode() + b"\r\n\r" * 10
    body = form(field("title", "Ä 🎵"), file(video), field("track", "2"))
    exchange = upload(app, backstage, **{"Content-Type": CONTENT_TYPE})
    for start in range(0, len(body), size):
        exchange.send(body[start : start + size], more=start + size < len(body))
    await exchange.end()

    assert exchange.status == 202
    (stored,) = await backstage.stored_conversions()
    assert (stored.options.title, stored.options.track) == ("Ä 🎵", 2)
    content = b"".join([chunk async for chunk in backstage.media.read(stored.source_media_id)])
    assert content == video


@pytest.mark.parametrize(
    "content_type",
    [
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary=""',
        "multipart/form-data; charset=utf-8",
        f"multipart/form-data; boundary={'x' * 2000}",
    ],
)
async def test_a_form_whose_header_names_no_boundary_is_refused(
    ada: httpx.AsyncClient, backstage: Backstage, content_type: str
) -> None:
    answer = await send_raw(ada, form(file()), content_type)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_form")
    await assert_nothing_is_left(backstage)


async def test_a_boundary_may_be_quoted(ada: httpx.AsyncClient) -> None:
    answer = await send_raw(ada, form(file()), f'multipart/form-data; boundary="{BOUNDARY}"; charset=utf-8')

    assert answer.status_code == 202


@pytest.mark.parametrize("parts", [(), (field("title", "A"),), (file(field_name="video"),)])
async def test_a_form_without_the_field_file_is_refused(
    ada: httpx.AsyncClient, backstage: Backstage, parts: tuple[bytes, ...]
) -> None:
    answer = await send_form(ada, *parts)

    assert answer.status_code == 400
    assert answer.json()["code"] == "missing_file"
    assert "'file'" in answer.json()["detail"]
    await assert_nothing_is_left(backstage)


@pytest.mark.parametrize("content", [b"a video", b"\0\0\0\x18ftypisom\xff", b"a video" * 1_000])
async def test_a_file_in_a_field_of_another_name_is_told_where_to_send_it(
    ada: httpx.AsyncClient, content: bytes
) -> None:
    """However large it is, and whether or not its bytes are text; both names are told."""
    answer = await send_form(ada, field("title", "A talk"), file(content, field_name="video"))

    assert (answer.status_code, answer.json()["code"]) == (400, "missing_file")
    assert "'file'" in answer.json()["detail"]
    assert "'video'" in answer.json()["detail"]


async def test_an_option_may_come_from_a_file(ada: httpx.AsyncClient) -> None:
    """As of `curl -F title=@title.txt`."""
    answer = await send_form(ada, file(b"A talk", name="title.txt", field_name="title"), file())

    assert answer.json()["options"]["title"] == "A talk"


async def test_two_files_are_one_too_many(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    answer = await send_form(ada, file(b"one"), file(b"two"))

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_form")
    assert "more than one field 'file'" in answer.json()["detail"]
    await assert_nothing_is_left(backstage)


@pytest.mark.parametrize(
    "parts", [(field("title", "x" * 4097), file()), (file(), field("title", "x" * 4097))]
)
async def test_a_text_field_above_the_limit_is_refused(
    ada: httpx.AsyncClient, backstage: Backstage, parts: tuple[bytes, ...]
) -> None:
    answer = await send_form(ada, *parts)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_form")
    assert "4096 bytes" in answer.json()["detail"]
    await assert_nothing_is_left(backstage)


async def test_a_text_field_without_end_is_refused_before_its_end(
    app: Litestar, backstage: Backstage
) -> None:
    exchange = upload(app, backstage, **{"Content-Type": CONTENT_TYPE})
    exchange.send(field("title", "x" * 5000).removesuffix(b"\r\n"), more=True)
    await exchange.until(lambda: exchange.status is not None)

    assert exchange.status == 400
    exchange.disconnect()
    await exchange.end()


async def test_text_that_is_no_utf8_is_refused(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    answer = await send_form(ada, file(), field("title", b"\xff\xfe"))

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_form")
    assert "UTF-8" in answer.json()["detail"]
    await assert_nothing_is_left(backstage)


async def test_a_file_name_that_is_no_utf8_is_refused(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    latin = file(name="caf\u00e9.mp4").replace("\u00e9".encode(), b"\xe9")

    answer = await send_form(ada, latin)

    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_form")
    assert answer.json()["detail"] == "The form can't be read: Segment header failed to decode."
    await assert_nothing_is_left(backstage)


async def test_too_many_parts_are_refused(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    empty = [field("title", "")] * 40

    assert (await send_form(ada, *empty[1:], file())).status_code == 202
    for answer in (await send_form(ada, *empty, file()), await send_form(ada, file(), *empty)):
        assert (answer.status_code, answer.json()["code"]) == (400, "malformed_form")
    assert len(await backstage.stored_conversions()) == 1


@pytest.mark.parametrize(
    "body",
    [
        b"",
        form(file(VIDEO))[:20],
        form(file(VIDEO))[:100],
        form(file(VIDEO))[:1000],
        form(file(VIDEO)).removesuffix(b"--\r\n"),
        file(VIDEO) + field("title", "A"),
        file(VIDEO) + field("title", "A")[:-10],
    ],
    ids=["nothing", "boundary", "headers", "file", "end", "behind the file", "field"],
)
async def test_a_form_that_is_cut_off_before_its_closing_boundary_is_refused(
    ada: httpx.AsyncClient, backstage: Backstage, body: bytes
) -> None:
    answer = await send_raw(ada, body)

    assert (answer.status_code, answer.json()["code"]) == (400, "incomplete_upload")
    await assert_nothing_is_left(backstage)


@pytest.mark.parametrize("content_type", [CONTENT_TYPE, "video/mp4"])
async def test_an_announced_length_above_the_limit_is_refused_before_anything_is_read(
    app: Litestar, backstage: Backstage, content_type: str
) -> None:
    length = 100_000 + 64 * 1024 + 1
    exchange = upload(app, backstage, **{"Content-Type": content_type, "Content-Length": str(length)})
    await exchange.until(lambda: exchange.status is not None)

    assert exchange.status == 413
    assert exchange.taken == 0
    assert exchange.headers["connection"] == "close"
    exchange.disconnect()
    await exchange.end()
    assert exchange.is_complete
    await assert_nothing_is_left(backstage)


@pytest.mark.parametrize("content_type", [CONTENT_TYPE, "video/mp4"])
async def test_a_wrong_option_in_the_query_is_refused_before_anything_is_read(
    app: Litestar, backstage: Backstage, content_type: str
) -> None:
    headers = {"Content-Type": content_type, "Content-Length": "50000"}
    exchange = upload(app, backstage, query="bitrate=1", **headers)
    await exchange.until(lambda: exchange.status is not None)

    assert (exchange.status, exchange.taken) == (400, 0)
    exchange.disconnect()
    await exchange.end()


@pytest.mark.parametrize("length", ["9" * 18, "9" * 19, "9" * 5000])
async def test_a_length_beyond_all_numbers_is_refused_like_any_other(
    app: Litestar, backstage: Backstage, length: str
) -> None:
    exchange = upload(app, backstage, **BARE, **{"Content-Length": length})
    await exchange.until(lambda: exchange.status is not None)

    assert exchange.status == 413
    exchange.disconnect()
    await exchange.end()


async def test_a_body_without_an_announced_length_is_refused_as_soon_as_it_is_too_much(
    app: Litestar, backstage: Backstage
) -> None:
    exchange = upload(app, backstage, **BARE, **{"Transfer-Encoding": "chunked"})
    for _ in range(4):
        exchange.send(b"x" * 30_000, more=True)
    await exchange.until(lambda: exchange.status is not None)

    assert exchange.status == 413
    assert exchange.headers["connection"] == "close"
    exchange.disconnect()
    await exchange.end()
    await assert_nothing_is_left(backstage)


async def test_a_length_that_lies_does_not_let_more_in(app: Litestar, backstage: Backstage) -> None:
    exchange = upload(app, backstage, **BARE, **{"Content-Length": "10"})
    for _ in range(4):
        exchange.send(b"x" * 30_000, more=True)
    await exchange.until(lambda: exchange.status is not None)

    assert exchange.status == 413
    exchange.disconnect()
    await exchange.end()


async def test_a_refusal_is_complete_while_the_client_still_sends(
    app: Litestar, backstage: Backstage
) -> None:
    exchange = upload(app, backstage, **{"Content-Type": "text/plain", "Content-Length": "1000"})
    await exchange.until(lambda: b'"code"' in exchange.body)

    assert len(exchange.body) == int(exchange.headers["content-length"])
    assert not exchange.is_complete
    exchange.send(b"x" * 900, more=True)
    exchange.send(b"x" * 100)
    await exchange.end()
    assert exchange.is_complete


PIECES = {
    "before anything": (CONTENT_TYPE, []),
    "in a header of the form": (CONTENT_TYPE, [file(VIDEO)[:70]]),
    "before the file": (CONTENT_TYPE, [field("title", "A")]),
    "in the file": (CONTENT_TYPE, [field("title", "A"), file(VIDEO)[:1000]]),
    "behind the file": (CONTENT_TYPE, [file(VIDEO)]),
    "in a field behind the file": (CONTENT_TYPE, [file(VIDEO), field("title", "A")[:-8]]),
    "in a bare video": ("video/mp4", [VIDEO[:1000], VIDEO[1000:2000]]),
    "at the beginning of a bare video": ("video/mp4", []),
}


@pytest.mark.parametrize(("content_type", "pieces"), PIECES.values(), ids=PIECES.keys())
async def test_a_client_that_goes_away_half_way_leaves_nothing(
    app: Litestar, backstage: Backstage, content_type: str, pieces: list[bytes]
) -> None:
    exchange = upload(app, backstage, **{"Content-Type": content_type, "Content-Length": "50000"})
    for piece in pieces:
        exchange.send(piece, more=True)
    await exchange.until(lambda: exchange.taken == len(pieces))
    exchange.disconnect()
    await exchange.end()

    assert exchange.status == 400
    assert b"incomplete_upload" in exchange.body
    await assert_nothing_is_left(backstage)


@pytest.mark.parametrize(("content_type", "pieces"), PIECES.values(), ids=PIECES.keys())
async def test_a_request_that_the_server_gives_up_leaves_nothing(
    app: Litestar, backstage: Backstage, content_type: str, pieces: list[bytes]
) -> None:
    exchange = upload(app, backstage, **{"Content-Type": content_type, "Content-Length": "50000"})
    for piece in pieces:
        exchange.send(piece, more=True)
    await exchange.until(lambda: exchange.asked == len(pieces) + 1)
    exchange.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await exchange.end()

    await assert_nothing_is_left(backstage)


class TestAnUploadThatStandsStill:
    @pytest.fixture
    def backstage(self) -> Backstage:
        """Have little patience."""
        return Backstage(retention=RetentionPolicy(idle_upload=timedelta(milliseconds=50)))

    @pytest.mark.parametrize(("content_type", "pieces"), PIECES.values(), ids=PIECES.keys())
    async def test_it_is_ended_and_leaves_nothing(
        self, app: Litestar, backstage: Backstage, content_type: str, pieces: list[bytes]
    ) -> None:
        exchange = upload(app, backstage, **{"Content-Type": content_type, "Content-Length": "50000"})
        for piece in pieces:
            exchange.send(piece, more=True)
        await exchange.until(lambda: exchange.status is not None)

        assert exchange.status == 400
        assert exchange.headers["connection"] == "close"
        exchange.disconnect()
        await exchange.end()
        assert b"incomplete_upload" in exchange.body
        await assert_nothing_is_left(backstage)


async def test_a_conversion_that_is_cancelled_while_it_comes_in_ends_the_upload(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    exchange = upload(app, backstage, **BARE)
    exchange.send(VIDEO[:1000], more=True)
    await exchange.until(lambda: exchange.taken == 1)
    (uploading,) = (await ada.get(PATH)).json()["items"]
    assert uploading["state"] == "uploading"
    assert (await ada.post(f"{PATH}/{uploading['id']}/cancel")).status_code == 202
    exchange.send(VIDEO[1000:])
    await exchange.end()

    assert exchange.status == 409
    (stored,) = await backstage.stored_conversions()
    assert stored.state is ConversionState.CANCELLED
    assert await backstage.stored_media() == []


async def test_an_upload_under_way_can_be_seen_by_nobody_else(app: Litestar, backstage: Backstage) -> None:
    exchange = upload(app, backstage, **BARE)
    exchange.send(VIDEO[:1000], more=True)
    await exchange.until(lambda: exchange.taken == 1)

    assert await backstage.stored_conversions(BOB) == []
    exchange.disconnect()
    await exchange.end()


async def test_the_time_of_an_upload_is_the_time_at_which_it_began(
    app: Litestar, ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    exchange = upload(app, backstage, **BARE)
    exchange.send(VIDEO, more=True)
    await exchange.until(lambda: exchange.taken == 1)
    backstage.clock.advance(timedelta(hours=1))
    exchange.send()
    await exchange.end()

    (record,) = (await ada.get(PATH, headers=backstage.headers())).json()["items"]
    assert record["created_at"] == NOW.isoformat().replace("+00:00", "Z")
    assert record["updated_at"] > record["created_at"]


async def test_a_body_that_never_ends_is_read_in_constant_memory(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    given = 0

    async def without_end() -> AsyncIterator[bytes]:
        nonlocal given
        while True:
            given += 1
            yield b"x" * 10_000

    answer = await ada.post(PATH, content=without_end(), headers=BARE)

    # Behind the refusal only as much is read as is dropped at the most.
    assert answer.status_code == 413
    assert given * 10_000 < 65 * 1024 * 1024
    await assert_nothing_is_left(backstage)


async def test_a_repeated_upload_is_answered_without_being_read(app: Litestar, backstage: Backstage) -> None:
    await backstage.add_conversion(idempotency_key="7")
    exchange = upload(app, backstage, query="name=talk.mp4", **BARE, **{"Idempotency-Key": "7"})
    await exchange.end()

    assert exchange.status == 202
    assert exchange.taken == 0


async def test_bare_and_form_refuse_the_same_video(ada: httpx.AsyncClient) -> None:
    assert (await send_bare(ada, b"")).json()["code"] == (await send_form(ada, file(b""))).json()["code"]
