"""An upload that can't be taken is refused with a reason, and leaves no file, no row and no temporary folder."""

from collections.abc import Callable, Iterator

import pytest

from tests.end_to_end.accounts import new_user
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media.samples import sample
from tests.selection import thorough

pytestmark = [pytest.mark.media, pytest.mark.network]

LARGEST = 4_000_000
HALF = bytes(2_000_000)
"""So much that a part of it reaches the disk before the rest has come."""
IDLE = {"TRACKLIFT_IDLE_UPLOAD": "2s", "TRACKLIFT_HOUSEKEEPING_EVERY": "1s"}


@pytest.fixture(scope="module")
def tracklift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneProcess]:
    """Run one Tracklift for all tests here."""
    settings = {"TRACKLIFT_LARGEST_VIDEO": str(LARGEST), **IDLE}
    with running(tmp_path_factory.mktemp("bad-uploads"), settings) as process:
        yield process


@pytest.fixture(scope="module")
def user(tracklift: StandaloneProcess) -> Iterator[User]:
    """Give somebody with an account."""
    user = new_user(tracklift.data, tracklift.address, "ada@example.org")
    yield user
    user.http.close()


@pytest.fixture
def nothing_is_left(tracklift: StandaloneProcess) -> Callable[[], None]:
    """Remember what there is, and give the check that there is nothing else."""
    before = tracklift.data.settled_contents()

    def check() -> None:
        wait_for(lambda: tracklift.data.contents() == before, "what came in is gone")

    return check


def test_an_empty_file_is_refused(user: User, nothing_is_left: Callable[[], None]) -> None:
    """As a form and bare."""
    form = user.http.post("/v1/conversions", files={"file": ("empty.mp4", b"")})
    bare = user.http.post("/v1/conversions", content=b"", headers={"Content-Type": "video/mp4"})

    for answer in (form, bare):
        assert (answer.status_code, answer.json()["code"]) == (400, "empty_file")
    nothing_is_left()


def test_a_form_without_a_file_is_refused(user: User, nothing_is_left: Callable[[], None]) -> None:
    """The answer names the field that is missing."""
    answer = user.http.post("/v1/conversions", files={"video": ("talk.mp4", b"video")})

    assert (answer.status_code, answer.json()["code"]) == (400, "missing_file")
    assert "'file'" in answer.json()["detail"]
    nothing_is_left()


def test_another_type_of_body_is_refused(user: User, nothing_is_left: Callable[[], None]) -> None:
    """The answer names the types that are taken."""
    answer = user.http.post("/v1/conversions", json={"file": "talk.mp4"})

    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")
    assert "video/mp4" in answer.json()["detail"]
    nothing_is_left()


def test_an_upload_that_breaks_off_is_forgotten(
    tracklift: StandaloneProcess, user: User, nothing_is_left: Callable[[], None]
) -> None:
    """The connection ends half-way."""
    with user.open_upload({"Content-Length": str(2 * len(HALF))}) as upload:
        upload.send(HALF)
        wait_for(tracklift.data.half_uploads, "a part of it is on the disk")

    nothing_is_left()


def test_an_upload_that_stands_still_is_refused(
    tracklift: StandaloneProcess, user: User, nothing_is_left: Callable[[], None]
) -> None:
    """The connection stays open, and nothing comes any more."""
    with user.open_upload({"Content-Length": str(2 * len(HALF))}) as upload:
        upload.send(HALF)
        wait_for(tracklift.data.half_uploads, "a part of it is on the disk")
        status, problem = upload.answer()

    assert (status, problem["code"]) == (400, "incomplete_upload")
    assert "2 seconds" in problem["detail"]
    nothing_is_left()


def test_a_form_that_ends_in_the_middle_is_refused(user: User, nothing_is_left: Callable[[], None]) -> None:
    """Its closing boundary is missing, so nobody knows whether the video is whole."""
    video = sample("one-second").read_bytes()
    head = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.mp4"\r\n\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    answer = user.http.post("/v1/conversions", content=head + video, headers=headers)

    assert (answer.status_code, answer.json()["code"]) == (400, "incomplete_upload")
    nothing_is_left()


@pytest.mark.parametrize("content_type", ["video/mp4", "multipart/form-data; boundary=edge"])
def test_a_body_that_declares_to_be_too_large_is_refused_before_it_comes(
    user: User, nothing_is_left: Callable[[], None], content_type: str
) -> None:
    """Not one byte of it has to be sent."""
    headers = {"Content-Length": str(LARGEST + 100_000), "Content-Type": content_type}
    with user.open_upload(headers) as upload:
        status, problem = upload.answer()

    assert (status, problem["code"]) == (413, "too_large")
    assert f"{LARGEST}" in problem["detail"].replace(",", "").replace(" ", "")
    nothing_is_left()


def test_a_body_that_becomes_too_large_is_refused_when_it_does(
    user: User, nothing_is_left: Callable[[], None]
) -> None:
    """In chunks, so that nobody knows its size before; the answer comes while more could follow."""
    with user.open_upload({"Transfer-Encoding": "chunked"}) as upload:
        for _ in range(LARGEST // 100_000 + 1):
            upload.send(b"%x\r\n%s\r\n" % (100_000, bytes(100_000)))
        status, problem = upload.answer()

    assert (status, problem["code"]) == (413, "too_large")
    nothing_is_left()


def test_a_form_with_a_video_that_is_too_large_is_refused(
    user: User, nothing_is_left: Callable[[], None]
) -> None:
    """The form may be larger than the video, so the video is counted."""
    answer = user.http.post("/v1/conversions", files={"file": ("talk.mp4", bytes(LARGEST + 1))})

    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    nothing_is_left()


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"bitrate": "100"}, "bitrate"),
        ({"bitrate": "192 kbit/s"}, "bitrate"),
        ({"quality": "10"}, "quality"),
        ({"quality": "2", "bitrate": "192"}, "quality"),
        ({"channels": "6"}, "channels"),
        ({"sample_rate": "96000"}, "sample_rate"),
        ({"start": "-1"}, "start"),
        ({"start": "nan"}, "start"),
        ({"start": "5", "end": "5"}, "end"),
        ({"end": "1e9"}, "end"),
        ({"track": "0"}, "track"),
        ({"normalize": "perhaps"}, "normalize"),
        ({"title": "x" * 251}, "title"),
        ({"artist": "two\nlines"}, "artist"),
        ({"bit_rate": "192"}, "bit_rate"),
    ],
)
def test_an_option_out_of_range_is_refused(
    user: User, nothing_is_left: Callable[[], None], options: dict[str, str], field: str
) -> None:
    """In the form and in the query, and the answer names the field."""
    form = user.send(sample("one-second"), **options)
    query = user.http.post(
        "/v1/conversions", params=options, content=b"video", headers={"Content-Type": "video/mp4"}
    )

    for answer in (form, query):
        assert (answer.status_code, answer.json()["code"]) == (400, "invalid_option")
        assert answer.json()["field"] == field
        assert field in answer.json()["detail"]
    nothing_is_left()


def test_an_option_behind_the_file_is_refused_too(user: User, nothing_is_left: Callable[[], None]) -> None:
    """Fields of a form may come in any order; the video is in by then, and goes again."""
    video = sample("one-second").read_bytes()
    files = [("file", ("talk.mp4", video)), ("bitrate", (None, b"100"))]
    answer = user.http.post("/v1/conversions", files=files)

    assert (answer.status_code, answer.json()["field"]) == (400, "bitrate")
    nothing_is_left()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/passwd.mp4", "passwd.mp4"),
        ("two\nlines\r\nand more.mp4", "two lines and more.mp4"),
        ("🎬 Vortrag für Łódź.mp4", "🎬 Vortrag für Łódź.mp4"),
        *thorough(
            [
                ("..\\..\\Windows\\talk.mp4", "talk.mp4"),
                ("/etc/talk.mp4", "talk.mp4"),
                ("my \"best\" 'talk'.mp4", "my \"best\" 'talk'.mp4"),
                ("l" * 300 + ".mp4", "l" * 196 + ".mp4"),
                ("..", "video.mp4"),
                ("", "video.mp4"),
            ]
        ),
    ],
)
def test_a_strange_file_name_is_made_harmless(
    tracklift: StandaloneProcess, user: User, given: str, kept: str
) -> None:
    """The video is converted, and the MP3 is offered under a name that any computer can keep."""
    video = sample("one-second").read_bytes()
    answer = user.http.post(
        "/v1/conversions", params={"name": given}, content=video, headers={"Content-Type": "video/mp4"}
    )
    assert answer.status_code == 202, answer.text
    record = user.wait_for_end(answer.json()["id"])
    offered = user.http.get(record["audio"]["url"]).headers["Content-Disposition"]

    assert record["source"]["name"] == kept
    assert record["audio"]["name"] == kept.removesuffix(".mp4") + ".mp3"
    assert offered.startswith("attachment; ")
    assert "\n" not in offered
    outside = {path.name for path in tracklift.data.path.parent.iterdir()}
    assert outside == {"data", "log"}


@pytest.mark.parametrize("given", ["../../etc/passwd.mp4", 'my "best" talk.mp4', "🎬 für Łódź.mp4"])
def test_a_strange_file_name_of_a_form_is_read_as_browsers_write_it(user: User, given: str) -> None:
    """Quotation marks come as %22 (HTML Living Standard, section 4.10.22.8)."""
    record = user.record(user.upload(sample("one-second"), name=given))

    assert record["source"]["name"] == given.rpartition("/")[2]
    assert user.http.delete(f"/v1/conversions/{record['id']}").status_code == 204
