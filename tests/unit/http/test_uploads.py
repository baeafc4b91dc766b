"""Videos that come in, as a form or bare, and the options with them."""

import hashlib
from datetime import timedelta
from typing import Any

import httpx
import pytest

from tests.contracts.examples import ADA, BOB, DAY, NOW, conversion_id
from tests.unit.http.backstage import Backstage
from tests.unit.http.forms import CONTENT_TYPE, field, file, form
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.lease import Lease
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import MediaId
from tracklift_domain.media.errors import OutOfSpaceError

PATH = "/v1/conversions"
VIDEO = b"\x00\x00\x00\x18ftypmp42" + bytes(range(256)) * 20


async def send_form(
    client: httpx.AsyncClient, *parts: bytes, query: str = "", **headers: str
) -> httpx.Response:
    """Upload a form."""
    return await client.post(
        f"{PATH}{query}", content=form(*parts), headers={"Content-Type": CONTENT_TYPE, **headers}
    )


async def send_bare(
    client: httpx.AsyncClient, content: bytes = VIDEO, *, query: str = "", **headers: str
) -> httpx.Response:
    """Upload a bare video."""
    return await client.post(
        f"{PATH}{query}", content=content, headers={"Content-Type": "video/mp4", **headers}
    )


async def assert_nothing_is_left(backstage: Backstage) -> None:
    """Refuse an application that keeps anything of an upload that was not accepted."""
    assert await backstage.stored_conversions() == []
    assert await backstage.stored_media() == []
    assert list(await backstage.outbox.pending(limit=10)) == []


async def read_stored(backstage: Backstage, conversion: str) -> bytes:
    return b"".join([chunk async for chunk in backstage.media.read(MediaId(f"{conversion}.source"))])


async def test_a_form_is_taken_in_and_its_conversion_queued(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    answer = await send_form(ada, file(VIDEO))

    assert answer.status_code == 202
    record = answer.json()
    assert answer.headers["Location"] == f"{PATH}/{record['id']}"
    assert (record["state"], record["source"]) == (
        "queued",
        {
            "name": "talk.mp4",
            "size": len(VIDEO),
            "sha256": hashlib.sha256(VIDEO).hexdigest(),
            "duration": None,
            "track": None,
            "tracks": [],
            "sent": "whole",
            "kept_until": None,
        },
    )
    assert await read_stored(backstage, record["id"]) == VIDEO
    pending = await backstage.outbox.pending(limit=10)
    assert [(type(event), event.subject) for event in pending] == [(ConversionRequested, record["id"])]
    assert (await ada.get(answer.headers["Location"])).json() == record


async def test_a_bare_video_is_taken_in_with_its_name_in_the_query(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    answer = await send_bare(ada, query="?name=My%20talk%20%F0%9F%8E%A4.mp4&bitrate=320")

    assert answer.status_code == 202
    assert answer.json()["source"]["name"] == "My talk 🎤.mp4"
    assert answer.json()["options"]["bitrate"] == 320
    assert await read_stored(backstage, answer.json()["id"]) == VIDEO


async def test_a_bare_video_without_a_name_gets_one(ada: httpx.AsyncClient) -> None:
    assert (await send_bare(ada)).json()["source"]["name"] == "video.mp4"


async def test_a_form_of_a_well_known_client_is_taken_in(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    answer = await ada.post(
        PATH, files={"file": ("talk.mp4", VIDEO, "video/mp4")}, data={"title": "Żółć 🎵", "quality": "2"}
    )

    assert answer.status_code == 202
    assert answer.json()["options"]["title"] == "Żółć 🎵"
    assert await read_stored(backstage, answer.json()["id"]) == VIDEO


async def test_a_video_without_an_announced_length_is_taken_in(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    async def chunks() -> Any:
        for start in range(0, len(VIDEO), 100):
            yield VIDEO[start : start + 100]

    answer = await ada.post(PATH, content=chunks(), headers={"Content-Type": "video/mp4"})

    assert answer.status_code == 202
    assert await read_stored(backstage, answer.json()["id"]) == VIDEO


OPTIONS: list[tuple[str, str, Any]] = [
    ("bitrate", "64", 64),
    ("bitrate", " 320 ", 320),
    ("quality", "0", 0),
    ("quality", "9", 9),
    ("channels", "1", 1),
    ("sample_rate", "44100", 44100),
    ("start", "1.5", 1.5),
    ("start", "0", 0.0),
    ("end", "90", 90.0),
    ("end", "1e2", 100.0),
    ("track", "2", 2),
    ("track", " eng ", "eng"),
    ("track", "pt-BR", "pt-BR"),
    ("keep_delay", "true", True),
    ("normalize", "true", True),
    ("normalize", "on", True),
    ("normalize", "1", True),
    ("normalize", "No", False),
    ("title", "  My talk ", "My talk"),
    ("artist", "Ada \"the\" 'first' \\ ", "Ada \"the\" 'first' \\"),
    ("album", "アルバム 🎵", "アルバム 🎵"),
    ("title", "x" * 250, "x" * 250),
]


@pytest.mark.parametrize(("name", "text", "value"), OPTIONS)
async def test_an_option_may_stand_before_the_file_behind_it_or_in_the_query(
    ada: httpx.AsyncClient, name: str, text: str, value: object
) -> None:
    query = f"?{httpx.QueryParams({name: text})}"

    for answer in (
        await send_form(ada, field(name, text), file()),
        await send_form(ada, file(), field(name, text)),
        await send_form(ada, file(), query=query),
        await send_bare(ada, query=query),
    ):
        assert answer.status_code == 202
        assert answer.json()["options"][name] == value


async def test_options_may_stand_on_both_sides_of_the_file(ada: httpx.AsyncClient) -> None:
    answer = await send_form(
        ada,
        field("start", "10"),
        field("title", "A"),
        file(),
        field("end", "20"),
        field("artist", "B"),
        query="?album=C",
    )

    options = answer.json()["options"]
    assert (options["start"], options["end"]) == (10.0, 20.0)
    assert (options["title"], options["artist"], options["album"]) == ("A", "B", "C")


async def test_an_empty_field_counts_as_not_given(ada: httpx.AsyncClient) -> None:
    answer = await send_form(ada, field("bitrate", ""), field("title", "  "), field("bitrate", "96"), file())

    assert answer.status_code == 202
    assert (answer.json()["options"]["bitrate"], answer.json()["options"]["title"]) == (96, None)


WRONG_OPTIONS = [
    ("bitrate", "100"),
    ("bitrate", "0"),
    ("bitrate", "-192"),
    ("bitrate", "192.0"),
    ("bitrate", "192k"),
    ("bitrate", "NaN"),
    ("bitrate", "١٩٢"),
    ("bitrate", "9" * 4000),
    ("quality", "10"),
    ("quality", "-1"),
    ("channels", "3"),
    ("sample_rate", "44101"),
    ("start", "NaN"),
    ("start", "inf"),
    ("start", "-1"),
    ("start", "604801"),
    ("start", "1,5"),
    ("start", "00:01:30"),
    ("end", "nan"),
    ("end", "-Infinity"),
    ("end", "0"),
    ("end", "1e999"),
    ("track", "0"),
    ("track", "101"),
    ("track", "-1"),
    ("track", "first"),
    ("track", "German"),
    ("track", "1.5"),
    ("track", "en_US"),
    ("keep_delay", "long"),
    ("normalize", "maybe"),
    ("normalize", "2"),
    ("title", "x" * 251),
    ("title", "two\nlines"),
    ("artist", "nul\0"),
    ("album", "\u202e backwards"),
    ("volume", "11"),
    ("", "1"),
    ("Bitrate", "192"),
    ("file ", "1"),
    ("name", "talk.mp4"),
]


@pytest.mark.parametrize(("name", "text"), WRONG_OPTIONS)
async def test_an_option_that_makes_no_sense_is_refused_by_its_name_in_a_form(
    ada: httpx.AsyncClient, backstage: Backstage, name: str, text: str
) -> None:
    for answer in (
        await send_form(ada, field(name, text), file()),
        await send_form(ada, file(), field(name, text)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_option")
        assert answer.json()["field"] == name
        assert answer.json()["detail"].startswith(f"{name}: ")
    await assert_nothing_is_left(backstage)


@pytest.mark.parametrize(("name", "text"), [option for option in WRONG_OPTIONS if option[0] != "name"])
async def test_an_option_that_makes_no_sense_is_refused_by_its_name_in_a_query(
    ada: httpx.AsyncClient, backstage: Backstage, name: str, text: str
) -> None:
    query = f"?{httpx.QueryParams({name: text})}"

    for answer in (await send_bare(ada, query=query), await send_form(ada, file(), query=query)):
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_option")
        assert answer.json()["field"] == name
    await assert_nothing_is_left(backstage)


async def test_a_very_long_name_of_an_option_is_not_repeated_in_full(ada: httpx.AsyncClient) -> None:
    answer = await send_bare(ada, query=f"?{'x' * 4000}=1")

    assert answer.json()["field"] == "x" * 40


@pytest.mark.parametrize(
    ("parts", "query"),
    [
        ((field("track", "1"), field("track", "2"), file()), ""),
        ((field("track", "1"), file(), field("track", "1")), ""),
        ((file(), field("track", "1"), field("track", "1")), ""),
        ((file(), field("track", "1")), "?track=2"),
        ((field("track", "1"), file()), "?track=1"),
        ((file(),), "?track=1&track=2"),
    ],
)
async def test_an_option_that_comes_twice_is_refused_by_its_name(
    ada: httpx.AsyncClient, backstage: Backstage, parts: tuple[bytes, ...], query: str
) -> None:
    answer = await send_form(ada, *parts, query=query)

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_option")
    assert answer.json()["detail"] == "track: is given more than once."
    await assert_nothing_is_left(backstage)


@pytest.mark.parametrize(("query", "name"), [("track=1&track=2", "track"), ("name=a.mp4&name=b.mp4", "name")])
async def test_a_parameter_of_a_bare_video_that_comes_twice_is_refused_by_its_name(
    ada: httpx.AsyncClient, backstage: Backstage, query: str, name: str
) -> None:
    answer = await send_bare(ada, query=f"?{query}")

    assert answer.status_code == 400
    assert answer.json()["detail"] == f"{name}: is given more than once."
    await assert_nothing_is_left(backstage)


async def test_options_that_contradict_each_other_are_refused(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    both = await send_form(ada, field("bitrate", "192"), file(), field("quality", "2"))
    reversed_range = await send_form(ada, field("start", "20"), file(), field("end", "10"))
    too_fine = await send_bare(ada, query="?sample_rate=8000&bitrate=320")

    assert [answer.json()["field"] for answer in (both, reversed_range, too_fine)] == [
        "quality",
        "end",
        "bitrate",
    ]
    await assert_nothing_is_left(backstage)


NAMES = [
    ("../../etc/passwd.mp4", "passwd.mp4"),
    ("C:\\Users\\ada\\talk.mp4", "talk.mp4"),
    ('the "best" talk.mp4', 'the "best" talk.mp4'),
    ("two\nlines\r.mp4", "two lines .mp4"),
    ("講演 🎤👩‍🚀.mp4", "講演 🎤👩‍🚀.mp4"),
    ("e\u0301te\u0301.mp4", "été.mp4"),
    ("..", "video.mp4"),
    ("", "video.mp4"),
    (" .hidden.mp4", "hidden.mp4"),
    ("x" * 296 + ".mp4", "x" * 196 + ".mp4"),
    ("100% sure; a=b, c.mp4", "100% sure; a=b, c.mp4"),
    ("'; DROP TABLE conversions; --.mp4", "'; DROP TABLE conversions; --.mp4"),
]


@pytest.mark.parametrize(("given", "kept"), NAMES)
async def test_a_name_is_kept_as_far_as_it_is_harmless(ada: httpx.AsyncClient, given: str, kept: str) -> None:
    in_form = await send_form(ada, file(name=given))
    in_query = await send_bare(ada, query=f"?{httpx.QueryParams({'name': given})}")

    assert in_form.status_code == in_query.status_code == 202
    assert in_query.json()["source"]["name"] == kept
    assert in_form.json()["source"]["name"] == kept


async def test_a_file_that_comes_as_a_plain_field_is_taken_in_without_a_name(ada: httpx.AsyncClient) -> None:
    answer = await send_form(ada, field("file", VIDEO))

    assert (answer.status_code, answer.json()["source"]["name"]) == (202, "video.mp4")
    assert answer.json()["source"]["size"] == len(VIDEO)


@pytest.mark.parametrize("largest", [100_000])
async def test_a_video_of_exactly_the_limit_is_taken_in(
    ada: httpx.AsyncClient, backstage: Backstage, largest: int
) -> None:
    assert backstage.limits.largest_video == largest
    assert (await send_bare(ada, b"x" * largest)).status_code == 202
    assert (await send_form(ada, file(b"x" * largest))).status_code == 202


async def test_one_byte_above_the_limit_is_too_much(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    for answer in (await send_bare(ada, b"x" * 100_001), await send_form(ada, file(b"x" * 100_001))):
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert "100000 bytes" in answer.json()["detail"]
    await assert_nothing_is_left(backstage)


async def test_an_empty_file_is_refused(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    for answer in (
        await send_bare(ada, b""),
        await send_form(ada, file(b"")),
        await send_form(ada, file(b""), field("title", "A")),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "empty_file")
    await assert_nothing_is_left(backstage)


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "application/json", "video/quicktime", "multipart/mixed; boundary=x", ";"],
)
async def test_a_body_of_another_type_is_refused_with_the_types_that_are_taken(
    ada: httpx.AsyncClient, backstage: Backstage, content_type: str
) -> None:
    answer = await ada.post(PATH, content=VIDEO, headers={"Content-Type": content_type})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert answer.headers["Accept-Post"] == "multipart/form-data, video/mp4"
    await assert_nothing_is_left(backstage)


async def test_case_and_parameters_of_the_type_do_not_matter(ada: httpx.AsyncClient) -> None:
    bare = await ada.post(PATH, content=VIDEO, headers={"Content-Type": 'Video/MP4; codecs="avc1"'})
    in_form = await ada.post(
        PATH, content=form(file()), headers={"Content-Type": CONTENT_TYPE.replace("multipart", "MultiPart")}
    )

    assert (bare.status_code, in_form.status_code) == (202, 202)


async def test_sending_the_same_key_again_gives_the_same_conversion(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    key = {"Idempotency-Key": "2f0a-5f"}
    first = await send_form(ada, file(VIDEO), **key)

    again = await send_form(ada, file(VIDEO), **key)

    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Location"] == first.headers["Location"]
    assert len(await backstage.stored_conversions()) == 1
    assert len(await backstage.outbox.pending(limit=10)) == 1


async def test_a_key_that_was_used_for_another_video_is_refused(ada: httpx.AsyncClient) -> None:
    key = {"Idempotency-Key": "2f0a-5f"}
    await send_form(ada, file(VIDEO), **key)

    answer = await send_form(ada, file(VIDEO[::-1], name="other.mp4"), **key)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_key_that_was_used_for_other_bytes_of_the_same_name_is_refused(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    """Only the first is stored."""
    key = {"Idempotency-Key": "2f0a-5f"}
    await send_form(ada, file(VIDEO), **key)

    answer = await send_form(ada, file(VIDEO[::-1]), **key)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await backstage.stored_conversions()) == 1
    assert len(await backstage.stored_media()) == 1


async def test_a_key_whose_upload_is_under_way_is_refused(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    """And the client learns when the upload is free, should nobody receive it any more."""
    lease = Lease("a gateway", backstage.clock.now() + timedelta(seconds=11.2))
    await backstage.add_conversion(
        state=ConversionState.UPLOADING, idempotency_key="2f0a-5f", lease=lease, expires_at=NOW + DAY
    )

    answer = await send_form(ada, file(VIDEO), **{"Idempotency-Key": "2f0a-5f"})

    assert (answer.status_code, answer.json()["code"]) == (409, "upload_in_progress")
    assert answer.headers["Retry-After"] == "12"


async def test_two_users_may_choose_the_same_key(ada: httpx.AsyncClient, backstage: Backstage) -> None:
    key = {"Idempotency-Key": "1"}
    first = await send_form(ada, file(VIDEO), **key)
    second = await send_form(ada, file(VIDEO), **key, **backstage.headers(BOB))

    assert first.json()["id"] != second.json()["id"]
    assert len(await backstage.stored_conversions(BOB)) == 1


@pytest.mark.parametrize("key", [b"", b"x" * 256, b"tab\there", b"\xc3\xbc", b"\x7f"])
async def test_a_key_that_is_none_is_refused(
    ada: httpx.AsyncClient, backstage: Backstage, key: bytes
) -> None:
    answer = await ada.post(
        PATH,
        content=VIDEO,
        headers=[(b"Idempotency-Key", key), (b"Content-Type", b"video/mp4")],
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_idempotency_key")
    await assert_nothing_is_left(backstage)


async def test_above_the_limit_of_unfinished_ones_no_more_are_taken_in(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    for number in range(101, 106):
        await backstage.add_conversion(number)

    answer = await send_form(ada, file(VIDEO))

    assert (answer.status_code, answer.json()["code"]) == (429, "too_many_conversions")
    assert answer.headers["Retry-After"] == "5"
    assert await backstage.stored_media() == []
    await ada.post(f"{PATH}/{conversion_id(101)}/cancel")
    assert (await send_form(ada, file(VIDEO))).status_code == 202


async def test_a_key_that_is_known_is_answered_even_above_the_limit(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    for number in range(1, 6):
        await backstage.add_conversion(number, idempotency_key=str(number))

    answer = await send_form(ada, file(VIDEO), **{"Idempotency-Key": "3"})

    assert (answer.status_code, answer.json()["id"]) == (202, conversion_id(3))


async def test_while_the_media_store_is_down_nothing_is_taken_in(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.media_storage.error = ServiceUnavailableError("media store", "10.0.0.7:27017 refused")

    for answer in (await send_form(ada, file(VIDEO)), await send_bare(ada)):
        assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")
        assert answer.headers["Retry-After"] == "5"
        assert "10.0.0.7" not in answer.text
    assert await backstage.stored_conversions(ADA) == []


async def test_while_the_repository_is_down_nothing_is_taken_in(
    ada: httpx.AsyncClient, backstage: Backstage
) -> None:
    backstage.conversion_storage.error = ServiceUnavailableError("database", "10.0.0.7:27017 refused")

    answer = await send_form(ada, file(VIDEO))

    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    backstage.conversion_storage.error = None
    await assert_nothing_is_left(backstage)


async def test_a_full_disk_is_said_to_be_one_without_saying_where(
    ada: httpx.AsyncClient, backstage: Backstage, caplog: pytest.LogCaptureFixture
) -> None:
    backstage.media_storage.error = OutOfSpaceError("/srv/media")

    answer = await send_form(ada, file(VIDEO))

    assert (answer.status_code, answer.json()["code"]) == (507, "out_of_space")
    assert "/srv" not in answer.text
    assert "/srv/media" in caplog.text


async def test_what_breaks_while_a_video_comes_in_leaves_nothing(
    ada: httpx.AsyncClient, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("internals")

    monkeypatch.setattr(backstage.media, "write", broken)

    answer = await send_form(ada, file(VIDEO))

    assert answer.status_code == 500
    assert "internals" not in answer.text
    await assert_nothing_is_left(backstage)
