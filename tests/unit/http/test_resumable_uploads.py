"""Uploads by tus 1.0: what each request gets, and what is left behind it."""

import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Mapping
from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest
from litestar import Litestar

from tests.contracts.examples import ADA, BOB, NOW, conversion_id
from tests.unit.faults import down
from tests.unit.http.backstage import Backstage
from tests.unit.http.exchange import Exchange
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import UserId
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.user.quota import UserQuota
from tracklift_gateway.routes import resumable_uploads

VIDEO = b"\0\0\0\x18ftypisom" + bytes(range(256)) * 4
PART = "application/offset+octet-stream"
LENGTH = str(len(VIDEO))


def metadata(**fields: str) -> str:
    """Write `Upload-Metadata`."""
    return ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in fields.items())


def checksum(data: bytes, algorithm: str = "sha256") -> str:
    """Write `Upload-Checksum`."""
    return f"{algorithm} {base64.b64encode(hashlib.new(algorithm, data).digest()).decode()}"


@pytest.fixture
def tus(ada: httpx.AsyncClient) -> httpx.AsyncClient:
    """Give Ada's client, which speaks tus."""
    ada.headers["Tus-Resumable"] = "1.0.0"
    return ada


async def begin(tus: httpx.AsyncClient, **headers: str) -> str:
    """Begin an upload and give its address."""
    given = {"Upload-Length": LENGTH, **{name.replace("_", "-"): value for name, value in headers.items()}}
    answer = await tus.post("/v1/uploads", headers=given)
    assert answer.status_code == 201, answer.text
    return answer.headers["Location"]


async def send(
    tus: httpx.AsyncClient, url: str, data: bytes | AsyncIterator[bytes], offset: int, **headers: str
) -> httpx.Response:
    """Send bytes of an upload."""
    given = {"Content-Type": PART, "Upload-Offset": str(offset)}
    return await tus.patch(url, content=data, headers={**given, **headers})


async def in_pieces(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def test_tells_what_it_supports_without_a_token(client: httpx.AsyncClient) -> None:
    answer = await client.options("/v1/uploads")

    assert answer.status_code == 204
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert answer.headers["Tus-Version"] == "1.0.0"
    assert answer.headers["Tus-Max-Size"] == "100000"
    assert answer.headers["Tus-Extension"] == "creation,creation-with-upload,termination,expiration,checksum"
    assert answer.headers["Tus-Checksum-Algorithm"] == "sha256,sha1"


@pytest.mark.parametrize(
    ("proof", "largest"),
    [
        ("token", "4000"),
        ("cookie", "4000"),
        ("key", "4000"),
        ("key to read", "100000"),
        ("unknown key", "100000"),
        ("bad token", "100000"),
        ("another user", "100000"),
    ],
)
async def test_the_largest_size_is_that_of_the_user_who_asks(
    client: httpx.AsyncClient, backstage: Backstage, proof: str, largest: str
) -> None:
    """A proof that is worth nothing is not refused, as none is needed."""
    await backstage.user_quotas.record(ADA, UserQuota(upload_bytes=4000), revision=2)
    token = backstage.headers()["Authorization"]

    async def key(*scopes: str) -> dict[str, str]:
        body = {"name": "script", "scopes": scopes}
        made = (await client.post("/v1/api-keys", json=body, headers=backstage.headers())).raise_for_status()
        return {"Authorization": f"Bearer {made.json()['key']}"}

    proofs = {
        "token": {"Authorization": token},
        "cookie": {"Cookie": f"tracklift_access={token.removeprefix('Bearer ')}"},
        "key": await key("convert"),
        "key to read": await key("read"),
        "unknown key": {"Authorization": "Bearer tl_x"},
        "bad token": {"Authorization": "Bearer x"},
        "another user": backstage.headers(BOB),
    }

    answer = await client.options("/v1/uploads", headers=proofs[proof])

    assert (answer.status_code, answer.headers["Tus-Max-Size"]) == (204, largest)


async def test_the_largest_size_of_all_is_told_while_that_of_the_user_can_not_be_read(
    client: httpx.AsyncClient, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_user_id: UserId) -> None:
        raise down()

    monkeypatch.setattr(backstage.user_quotas, "get", fail)

    answer = await client.options("/v1/uploads", headers=backstage.headers())

    assert answer.headers["Tus-Max-Size"] == "100000"


async def test_a_video_comes_in_two_parts_and_is_queued_once(
    tus: httpx.AsyncClient, backstage: Backstage
) -> None:
    given = metadata(filename="talk.mp4", filetype="video/mp4", bitrate="128", title="Größe")
    url = await begin(tus, **{"Upload-Metadata": given})
    assert url == f"/v1/uploads/{conversion_id(1)}"

    first = await send(tus, url, VIDEO[:500], 0)
    assert (first.status_code, first.headers["Upload-Offset"]) == (204, "500")
    assert parsedate_to_datetime(first.headers["Upload-Expires"]) == NOW.replace(microsecond=0) + timedelta(
        days=1
    )
    asked = await tus.head(url)
    assert asked.headers["Upload-Offset"] == "500"
    assert asked.headers["Upload-Length"] == LENGTH
    assert asked.headers["Upload-Metadata"] == given
    assert asked.headers["Cache-Control"] == "no-store"
    last = await send(tus, url, VIDEO[500:], 500)
    assert (last.status_code, last.headers["Upload-Offset"]) == (204, LENGTH)
    assert "Upload-Expires" not in last.headers

    record = (await tus.get(f"/v1/conversions/{conversion_id(1)}")).json()
    assert record["state"] == "queued"
    assert record["source"]["name"] == "talk.mp4"
    assert record["source"]["size"] == len(VIDEO)
    assert record["source"]["sha256"] == hashlib.sha256(VIDEO).hexdigest()
    assert record["source"]["sent"] == "whole"
    assert record["upload"] is None
    assert (record["options"]["bitrate"], record["options"]["title"]) == (128, "Größe")
    events = await backstage.outbox.pending(limit=10)
    assert [type(event) for event in events] == [ConversionRequested]


async def test_the_end_that_is_sent_again_changes_nothing(
    tus: httpx.AsyncClient, backstage: Backstage
) -> None:
    url = await begin(tus)
    await send(tus, url, VIDEO, 0)

    asked = await tus.head(url)
    assert (asked.headers["Upload-Offset"], asked.headers["Upload-Length"]) == (LENGTH, LENGTH)
    assert (await send(tus, url, b"", len(VIDEO))).status_code == 204
    assert (await send(tus, url, VIDEO, 0)).status_code == 409
    too_long = await send(tus, url, b"more", len(VIDEO))
    assert (too_long.status_code, too_long.json()["code"]) == (413, "longer_than_declared")
    chunked = await send(tus, url, in_pieces(b"", b"more"), len(VIDEO))
    assert chunked.status_code == 413

    assert len(await backstage.outbox.pending(limit=10)) == 1
    (stored,) = await backstage.stored_conversions()
    assert stored.state is ConversionState.QUEUED


async def test_the_record_tells_of_an_upload_under_way(tus: httpx.AsyncClient) -> None:
    url = await begin(tus, **{"Upload-Metadata": metadata(name="a.mp4", sent="sound")})

    record = (await tus.get(f"/v1/conversions/{conversion_id(1)}")).json()

    assert record["state"] == "uploading"
    assert record["upload"] == {"length": len(VIDEO), "url": url}
    assert record["source"]["sent"] == "sound"


async def test_all_of_a_video_may_come_with_the_creation(
    tus: httpx.AsyncClient, backstage: Backstage
) -> None:
    headers = {"Upload-Length": LENGTH, "Content-Type": PART, "Upload-Checksum": checksum(VIDEO)}
    answer = await tus.post("/v1/uploads", content=VIDEO, headers=headers)

    assert answer.status_code == 201
    assert answer.headers["Upload-Offset"] == LENGTH
    assert (await backstage.stored_conversions())[0].state is ConversionState.QUEUED


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        ({"Upload-Checksum": checksum(b"other")}, VIDEO[:9], 460, "checksum_mismatch"),
        ({}, b"This is a text, whatever its name says.", 415, "not_a_video"),
        ({"Content-Type": "video/mp4"}, VIDEO, 415, "unsupported_media_type"),
        ({"Upload-Checksum": "md5 1B2M2Y8AsgTpgAmY7PhCfg=="}, VIDEO[:9], 400, "invalid_checksum"),
        ({"Upload-Checksum": "sha1 short"}, VIDEO[:9], 400, "invalid_checksum"),
        ({"Upload-Length": "5"}, VIDEO, 413, "longer_than_declared"),
    ],
)
async def test_a_creation_with_bad_bytes_leaves_nothing(
    tus: httpx.AsyncClient,
    backstage: Backstage,
    headers: Mapping[str, str],
    body: bytes,
    status: int,
    code: str,
) -> None:
    given = {"Upload-Length": LENGTH, "Content-Type": PART, **headers}
    answer = await tus.post("/v1/uploads", content=body, headers=given)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    assert await backstage.stored_conversions() == []
    assert await backstage.stored_media() == []
    assert backstage.media.growing == {}


@pytest.mark.parametrize(
    ("headers", "status", "code", "field"),
    [
        ({}, 400, "invalid_request", "Upload-Length"),
        ({"Upload-Length": "-1"}, 400, "invalid_request", "Upload-Length"),
        ({"Upload-Length": "1e3"}, 400, "invalid_request", "Upload-Length"),
        ({"Upload-Length": "٣"}, 400, "invalid_request", "Upload-Length"),
        ({"Upload-Length": "9" * 20}, 400, "invalid_request", "Upload-Length"),
        ({"Upload-Length": "0"}, 400, "empty_file", None),
        ({"Upload-Length": "100001"}, 413, "too_large", None),
        ({"Upload-Defer-Length": "1"}, 400, "invalid_request", "Upload-Defer-Length"),
        ({"Upload-Length": "9", "Upload-Metadata": metadata(bitrate="99")}, 400, "invalid_option", "bitrate"),
        ({"Upload-Length": "9", "Upload-Metadata": metadata(colour="red")}, 400, "invalid_option", "colour"),
        ({"Upload-Length": "9", "Upload-Metadata": metadata(sent="half")}, 400, "invalid_option", "sent"),
        ({"Upload-Length": "9", "Upload-Metadata": "filename !!!"}, 400, "invalid_metadata", None),
        ({"Upload-Length": "9", "Upload-Metadata": "filename /w=="}, 400, "invalid_metadata", None),
        ({"Upload-Length": "9", "Upload-Metadata": "name YQ==,name YQ=="}, 400, "invalid_metadata", None),
        ({"Upload-Length": "9", "Upload-Metadata": "name YQ==,,"}, 400, "invalid_metadata", None),
        ({"Upload-Length": "9", "Upload-Metadata": metadata(name="a" * 9000)}, 400, "invalid_metadata", None),
        ({"Upload-Length": "9", "Idempotency-Key": ""}, 400, "invalid_idempotency_key", None),
        ({"Upload-Length": "9", "Tus-Resumable": "0.2.2"}, 412, "tus_version", None),
    ],
)
async def test_what_is_wrong_is_refused_at_the_creation(
    tus: httpx.AsyncClient,
    backstage: Backstage,
    headers: Mapping[str, str],
    status: int,
    code: str,
    field: str | None,
) -> None:
    encoded = [(name.encode(), value.encode()) for name, value in headers.items()]
    answer = await tus.post("/v1/uploads", headers=encoded)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json().get("field") == field
    assert answer.headers["Tus-Resumable"] == "1.0.0"
    if status == 412:
        assert answer.headers["Tus-Version"] == "1.0.0"
    assert await backstage.stored_conversions() == []


@pytest.mark.parametrize("offset", [0, 9, 11, 2**62])
async def test_a_wrong_offset_names_the_right_one(tus: httpx.AsyncClient, offset: int) -> None:
    url = await begin(tus)
    await send(tus, url, VIDEO[:10] + b"om", 0)

    answer = await send(tus, url, b"", offset)

    if offset > len(VIDEO):
        assert answer.json()["code"] == "longer_than_declared"
    else:
        assert (answer.status_code, answer.json()["code"]) == (409, "wrong_offset")
        assert answer.json()["offset"] == 12
    assert (await tus.head(url)).headers["Upload-Offset"] == "12"


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ({"Content-Type": "video/mp4", "Upload-Offset": "0"}, 415, "unsupported_media_type"),
        ({"Upload-Offset": "0"}, 415, "unsupported_media_type"),
        ({"Content-Type": PART}, 400, "invalid_request"),
        ({"Content-Type": PART, "Upload-Offset": "x"}, 400, "invalid_request"),
        ({"Content-Type": PART, "Upload-Offset": "0", "Tus-Resumable": ""}, 412, "tus_version"),
        ({"Content-Type": PART, "Upload-Offset": "0", "Upload-Checksum": "sha256"}, 400, "invalid_checksum"),
        (
            {"Content-Type": PART, "Upload-Offset": "0", "Upload-Checksum": checksum(b"x", "sha1")},
            460,
            "checksum_mismatch",
        ),
    ],
)
async def test_a_part_that_is_refused_adds_nothing(
    tus: httpx.AsyncClient, headers: Mapping[str, str], status: int, code: str
) -> None:
    url = await begin(tus)

    answer = await tus.patch(url, content=VIDEO, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await tus.head(url)).headers["Upload-Offset"] == "0"


async def test_the_answer_to_a_creation_has_no_body(tus: httpx.AsyncClient) -> None:
    answer = await tus.post("/v1/uploads", headers={"Upload-Length": LENGTH})

    assert (answer.status_code, answer.content) == (201, b"")
    assert answer.headers["Content-Length"] == "0"


@pytest.mark.parametrize(
    ("header", "values"),
    [
        ("Upload-Length", ("5", "6")),
        ("Upload-Metadata", (metadata(name="a"), metadata(name="b"))),
        ("Upload-Checksum", (checksum(b"a"), checksum(b"b"))),
    ],
)
async def test_a_creation_with_two_values_for_a_header_is_refused(
    tus: httpx.AsyncClient, backstage: Backstage, header: str, values: tuple[str, str]
) -> None:
    given = {"Upload-Length": LENGTH, "Content-Type": PART}
    given.pop(header, None)

    answer = await tus.post(
        "/v1/uploads", content=VIDEO, headers=[*given.items(), *((header, value) for value in values)]
    )

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")
    assert answer.json()["field"] == header
    assert await backstage.stored_conversions() == []


async def test_a_part_with_two_offsets_is_refused(tus: httpx.AsyncClient) -> None:
    url = await begin(tus)

    answer = await tus.patch(
        url,
        content=VIDEO,
        headers=[("Content-Type", PART), ("Upload-Offset", "0"), ("Upload-Offset", "5")],
    )

    assert (answer.status_code, answer.json()["field"]) == (400, "Upload-Offset")
    assert (await tus.head(url)).headers["Upload-Offset"] == "0"


async def test_a_header_that_says_the_same_twice_counts_once(tus: httpx.AsyncClient) -> None:
    answer = await tus.post("/v1/uploads", headers=[("Upload-Length", LENGTH), ("Upload-Length", LENGTH)])

    assert answer.status_code == 201


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
async def test_a_part_with_the_right_checksum_counts(tus: httpx.AsyncClient, algorithm: str) -> None:
    url = await begin(tus)

    answer = await send(tus, url, VIDEO, 0, **{"Upload-Checksum": checksum(VIDEO, algorithm)})

    assert (answer.status_code, answer.headers["Upload-Offset"]) == (204, LENGTH)


@pytest.mark.parametrize("known", [True, False], ids=["declared", "chunked"])
async def test_more_bytes_than_declared_are_refused(
    tus: httpx.AsyncClient, backstage: Backstage, *, known: bool
) -> None:
    url = await begin(tus)
    body = VIDEO + b"more" if known else in_pieces(VIDEO, b"more")

    answer = await send(tus, url, body, 0)

    assert (answer.status_code, answer.json()["code"]) == (413, "longer_than_declared")
    (stored,) = await backstage.stored_conversions()
    assert stored.state is ConversionState.UPLOADING


async def test_a_text_is_refused_as_soon_as_it_shows(tus: httpx.AsyncClient, backstage: Backstage) -> None:
    url = await begin(tus, **{"Upload-Metadata": metadata(filename="talk.mp4")})

    answer = await send(tus, url, in_pieces(b"Dear diary, ", b"today"), 0)

    assert (answer.status_code, answer.json()["code"]) == (415, "not_a_video")
    assert "text" in answer.json()["detail"]
    assert await backstage.stored_conversions() == []
    assert (await tus.head(url)).status_code == 404


async def test_a_text_in_tiny_parts_is_refused_at_its_end(
    tus: httpx.AsyncClient, backstage: Backstage
) -> None:
    url = await begin(tus, Upload_Length="12")
    assert (await send(tus, url, b"Dear ", 0)).status_code == 204

    answer = await send(tus, url, b"diary..", 5)

    assert (answer.status_code, answer.json()["code"]) == (415, "not_a_video")
    assert await backstage.stored_conversions() == []
    assert await backstage.stored_media() == []


async def test_an_upload_of_another_user_is_not_there(tus: httpx.AsyncClient, backstage: Backstage) -> None:
    url = await begin(tus)
    tus.headers.update(backstage.headers(BOB))

    assert (await tus.head(url)).status_code == 404
    for answer in (await send(tus, url, VIDEO, 0), await tus.delete(url)):
        assert (answer.status_code, answer.json()["code"]) == (404, "upload_not_found")
    tus.headers.update(backstage.headers(ADA))
    assert (await tus.head(url)).headers["Upload-Offset"] == "0"


@pytest.mark.parametrize("method", ["HEAD", "PATCH", "DELETE"])
async def test_what_is_no_resumable_upload_is_not_there(
    tus: httpx.AsyncClient, backstage: Backstage, method: str
) -> None:
    await backstage.add_conversion(1, state=ConversionState.UPLOADING, expires_at=NOW + timedelta(hours=1))
    headers = {"Content-Type": PART, "Upload-Offset": "0"}

    for url in (f"/v1/uploads/{conversion_id(1)}", "/v1/uploads/nonsense", "/v1/uploads/%00"):
        answer = await tus.request(method, url, headers=headers)
        assert answer.status_code == 404


async def test_an_upload_can_be_thrown_away(tus: httpx.AsyncClient, backstage: Backstage) -> None:
    url = await begin(tus)
    await send(tus, url, VIDEO[:100], 0)

    answer = await tus.delete(url)

    assert (answer.status_code, answer.headers["Tus-Resumable"]) == (204, "1.0.0")
    assert (await tus.head(url)).status_code == 404
    assert await backstage.stored_conversions() == []
    assert backstage.media.growing == {}


async def test_a_finished_upload_is_a_conversion_to_delete(tus: httpx.AsyncClient) -> None:
    url = await begin(tus)
    await send(tus, url, VIDEO, 0)

    answer = await tus.delete(url)

    assert (answer.status_code, answer.json()["code"]) == (409, "upload_finished")


@pytest.mark.parametrize("how", ["expired", "cancelled"])
async def test_an_upload_that_expired_or_was_cancelled_is_gone(
    tus: httpx.AsyncClient, backstage: Backstage, how: str
) -> None:
    url = await begin(tus)
    if how == "cancelled":
        await tus.post(f"/v1/conversions/{conversion_id(1)}/cancel")
    else:
        backstage.clock.advance(timedelta(hours=24))
        tus.headers.update(backstage.headers())

    assert (await tus.head(url)).status_code == 410
    for answer in (await send(tus, url, VIDEO, 0), await tus.delete(url)):
        assert (answer.status_code, answer.json()["code"]) == (410, "upload_gone")


async def test_the_same_key_is_the_same_upload(tus: httpx.AsyncClient, backstage: Backstage) -> None:
    key = {"Idempotency-Key": "one", "Upload-Metadata": metadata(name="a.mp4")}
    url = await begin(tus, **key)
    await send(tus, url, VIDEO[:100], 0)

    again = await tus.post("/v1/uploads", headers={"Upload-Length": LENGTH, **key})
    assert (again.headers["Location"], again.headers["Upload-Offset"]) == (url, "100")
    await send(tus, url, VIDEO[100:], 100)
    done = await tus.post("/v1/uploads", headers={"Upload-Length": LENGTH, **key})
    assert (done.headers["Location"], done.headers["Upload-Offset"]) == (url, LENGTH)
    other = await tus.post("/v1/uploads", headers={"Upload-Length": "9", **key})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert len(await backstage.stored_conversions()) == 1


async def test_two_writers_at_once_are_told_to_wait(tus: httpx.AsyncClient, backstage: Backstage) -> None:
    url = await begin(tus)
    answers: list[httpx.Response] = []

    async def body() -> AsyncIterator[bytes]:
        yield VIDEO[:100]
        answers.append(await send(tus, url, VIDEO, 0))
        yield VIDEO[100:]

    first = await send(tus, url, body(), 0)

    assert first.status_code == 204
    assert (answers[0].status_code, answers[0].json()["code"]) == (423, "upload_locked")
    assert 1 <= int(answers[0].headers["Retry-After"]) <= 6
    (stored,) = await backstage.stored_conversions()
    assert stored.source.sha256 == hashlib.sha256(VIDEO).hexdigest()


async def test_what_a_writer_brought_that_stands_still_is_kept_for_the_next(
    app: Litestar, tus: httpx.AsyncClient, backstage: Backstage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its connection is open, as when the client's network went away; the next writer waits as long as it is told."""
    monkeypatch.setattr(resumable_uploads, "_PAUSE", timedelta(milliseconds=5))
    url = await begin(tus)
    sent = {"Tus-Resumable": "1.0.0", "Content-Type": PART, "Upload-Offset": "0", "Content-Length": LENGTH}
    stalled = Exchange(app, "PATCH", url, {**backstage.headers(), **sent})
    stalled.send(VIDEO[:100], more=True)
    async with asyncio.timeout(10):
        while (await tus.head(url)).headers["Upload-Offset"] != "100":
            await asyncio.sleep(0)

    refused = await send(tus, url, VIDEO[100:], 100)
    assert refused.status_code == 423
    backstage.clock.advance(timedelta(seconds=int(refused.headers["Retry-After"])))
    assert (await send(tus, url, VIDEO[100:], 100)).status_code == 204
    stalled.send(VIDEO[100:])
    await stalled.end()

    (stored,) = await backstage.stored_conversions()
    assert stored.source.sha256 == hashlib.sha256(VIDEO).hexdigest()


async def test_an_upload_needs_a_token(client: httpx.AsyncClient) -> None:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "9"}

    answer = await client.post("/v1/uploads", headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (401, "missing_token")
    assert answer.headers["Tus-Resumable"] == "1.0.0"


@pytest.mark.parametrize(
    "backstage",
    [Backstage(limits=UploadLimits(unfinished_per_user=2)), Backstage(uploads_per_hour=2)],
    ids=["at once", "an hour"],
)
async def test_there_are_only_so_many_at_once_and_in_an_hour(
    tus: httpx.AsyncClient, backstage: Backstage
) -> None:
    await begin(tus)
    await begin(tus)

    answer = await tus.post("/v1/uploads", headers={"Upload-Length": "9"})

    assert answer.status_code == 429
    assert answer.json()["code"] in {"too_many_conversions", "too_many_uploads"}


async def test_an_outage_is_told_and_the_upload_goes_on_after_it(
    tus: httpx.AsyncClient, backstage: Backstage
) -> None:
    url = await begin(tus)
    backstage.growing_storage.error = ServiceUnavailableError("storage", "it is down")
    answer: Any = await send(tus, url, VIDEO, 0)
    assert (answer.status_code, answer.json()["code"]) == (503, "service_unavailable")

    backstage.growing_storage.error = None
    assert (await send(tus, url, VIDEO, 0)).status_code == 204


class TestAPartThatStandsStill:
    @pytest.fixture
    def backstage(self) -> Backstage:
        """Have little patience."""
        return Backstage(retention=RetentionPolicy(idle_upload=timedelta(milliseconds=50)))

    @pytest.mark.parametrize("method", ["PATCH", "POST"])
    async def test_its_client_is_told_to_look_where_to_go_on(
        self, tus: httpx.AsyncClient, backstage: Backstage, method: str
    ) -> None:
        """By 409, after which clients of tus ask for the offset; they give up after 400 or 408."""
        url = await begin(tus) if method == "PATCH" else "/v1/uploads"
        never = asyncio.Event()

        async def body() -> AsyncIterator[bytes]:
            yield VIDEO[:100]
            await never.wait()

        stalled = await tus.request(
            method,
            url,
            content=body(),
            headers={"Content-Type": PART, "Upload-Offset": "0", "Upload-Length": LENGTH},
        )

        assert (stalled.status_code, stalled.json()["code"]) == (409, "incomplete_upload")
        assert stalled.json()["status"] == 409
        assert stalled.headers["Tus-Resumable"] == "1.0.0"
        if method == "PATCH":
            offset = int((await tus.head(url)).headers["Upload-Offset"])
            assert offset == 100
            assert (await send(tus, url, VIDEO[offset:], offset)).status_code == 204
            (stored,) = await backstage.stored_conversions()
            assert stored.source.sha256 == hashlib.sha256(VIDEO).hexdigest()
