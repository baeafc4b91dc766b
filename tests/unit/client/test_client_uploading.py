"""Resumable uploads, against a server in memory that is cut off, contradicts itself or lies."""

import base64
import hashlib
import os
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.unit.client.scripted_server import (
    AsynchronousDriver,
    BlockingDriver,
    Driver,
    ScriptedServer,
    answered,
    conversion,
    problem,
)
from tracklift_client.errors import (
    ConnectionLostError,
    DamagedUploadError,
    ProblemError,
    UnexpectedAnswerError,
)
from tracklift_client.models.options import Options
from tracklift_client.operations import uploading
from tracklift_client.session import Session
from tracklift_client.sound_extract.extract import SoundExtract

VECTORS = Path(__file__).parent / "vectors"


@dataclass
class TusServer:
    """Keeps one upload as the server does; `cuts` are how many bytes of each PATCH arrive before the line is cut."""

    stored: bytearray = field(default_factory=bytearray)
    length: int = 0
    metadata: dict[str, str] = field(default_factory=dict)
    cuts: list[int] = field(default_factory=list)
    damage: bool = False
    created: int = 0
    deleted: bool = False
    offsets: list[int] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request."""
        path = request.url.path
        if path.startswith("/v1/conversions/"):
            return self._conversion(request)
        assert request.headers["Tus-Resumable"] == "1.0.0"
        if request.method == "POST":
            return self._create(request)
        if path != "/v1/uploads/a1":
            return httpx.Response(404)
        if request.method == "HEAD":
            headers = {"Upload-Offset": str(len(self.stored)), "Upload-Length": str(self.length)}
            return httpx.Response(200, headers=headers)
        return self._append(request)

    def _create(self, request: httpx.Request) -> httpx.Response:
        self.created += 1
        self.length = int(request.headers["Upload-Length"])
        self.keys.append(request.headers["Idempotency-Key"])
        pairs = (pair.split(" ") for pair in request.headers["Upload-Metadata"].split(","))
        self.metadata = {name: base64.b64decode(value).decode() for name, value in pairs}
        return httpx.Response(201, headers={"Location": "/v1/uploads/a1", "Upload-Offset": "0"})

    def _append(self, request: httpx.Request) -> httpx.Response:
        offset = int(request.headers["Upload-Offset"])
        self.offsets.append(offset)
        if offset != len(self.stored):
            return problem(409, "wrong_offset")
        body = request.content
        if self.cuts:
            self.stored += body[: self.cuts.pop(0)]
            raise httpx.WriteError("reset")
        self.stored += body
        return httpx.Response(204, headers={"Upload-Offset": str(len(self.stored))})

    def _conversion(self, request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            self.deleted = True
            return httpx.Response(204)
        sha256 = hashlib.sha256(self.stored + b"?" * self.damage).hexdigest()
        return answered(conversion(source={**conversion()["source"], "sha256": sha256}))

    def scripted(self) -> ScriptedServer:
        """Make the server that the drivers talk to."""
        return ScriptedServer([self.answer] * 100)


@pytest.fixture
def server() -> TusServer:
    """Give a server without an upload."""
    return TusServer()


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Give a file of which all is sent."""
    path = tmp_path / "tälk.mp4"
    path.write_bytes(os.urandom(1_000_000))
    return path


def test_a_file_is_sent_and_what_is_asked_for_with_it(driver: Driver, server: TusServer, video: Path) -> None:
    """The id is told before the first byte is sent, so that another call can go on."""
    begun: list[str] = []
    told: list[tuple[int, int]] = []
    found = driver.run(
        server.scripted(),
        "upload",
        video,
        Options(bitrate=64, title="A, b"),
        begun=lambda made: begun.append(f"{made} at {len(server.stored)}"),
        progress=lambda *through: told.append(through),
    )

    assert found == "a1"
    assert begun == ["a1 at 0"]
    assert server.stored == video.read_bytes()
    assert server.metadata == {"filename": "tälk.mp4", "sent": "whole", "bitrate": "64", "title": "A, b"}
    assert (told[0], told[-1]) == ((0, 1_000_000), (1_000_000, 1_000_000))


def test_a_file_whose_name_is_no_text_is_sent(driver: Driver, server: TusServer, tmp_path: Path) -> None:
    """As names of other systems on old disks: each byte that is not UTF-8 becomes a question mark."""
    path = tmp_path / os.fsdecode(b"t\xe4lk.mp4")
    path.write_bytes(b"video")
    driver.run(server.scripted(), "upload", path)

    assert server.stored == b"video"
    assert server.metadata["filename"] == "t?lk.mp4"


def test_of_an_mp4_its_sound_is_sent(driver: Driver, server: TusServer) -> None:
    """And the server is told so."""
    path = VECTORS / "index-behind.mp4"
    driver.run(server.scripted(), "upload", path)

    with path.open("rb") as file:
        extract = SoundExtract(file)
        assert server.stored == extract.read(0, extract.size)
    assert server.metadata["sent"] == "sound"


def test_a_cut_line_goes_on_at_what_has_arrived(driver: Driver, server: TusServer, video: Path) -> None:
    """However often, as long as something arrives."""
    server.cuts = [100_000, 1, 0, 300_000, *[10_000] * 20]
    driver.run(server.scripted(), "upload", video)

    assert server.stored == video.read_bytes()
    assert server.created == 1
    assert server.offsets[:5] == [0, 100_000, 100_001, 100_001, 400_001]


def test_a_line_that_lets_nothing_through_is_given_up(driver: Driver, server: TusServer, video: Path) -> None:
    """After as many failures in a row as anywhere else."""
    server.cuts = [0] * 20
    with pytest.raises(ConnectionLostError):
        driver.run(server.scripted(), "upload", video)

    assert len(server.cuts) == 12


def test_a_later_call_goes_on(driver: Driver, server: TusServer, video: Path) -> None:
    """With the id that the first one was given."""
    server.length = 1_000_000
    server.stored += video.read_bytes()[:400_000]
    begun: list[str] = []
    driver.run(server.scripted(), "upload", video, resume="a1", begun=begun.append)

    assert server.stored == video.read_bytes()
    assert (server.created, server.offsets, begun) == (0, [400_000], [])


def test_a_finished_upload_is_not_sent_again(driver: Driver, server: TusServer, video: Path) -> None:
    """As when the call was interrupted while it waited for the MP3."""
    server.length = 1_000_000
    server.stored += video.read_bytes()

    assert driver.run(server.scripted(), "upload", video, resume="a1") == "a1"
    assert server.offsets == []


@pytest.mark.parametrize("resume", ["gone", "a1"], ids=["unknown", "of another length"])
def test_what_can_not_be_gone_on_with_is_begun_anew(
    driver: Driver, server: TusServer, video: Path, resume: str
) -> None:
    """It expired, or is of another file."""
    server.length = 5
    driver.run(server.scripted(), "upload", video, resume=resume)

    assert server.created == 1
    assert server.stored == video.read_bytes()


def test_large_files_are_sent_in_parts(
    driver: Driver, server: TusServer, video: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proxies limit the length of a request."""
    monkeypatch.setattr(uploading, "LARGEST_PART", 300_000)
    driver.run(server.scripted(), "upload", video)

    assert server.offsets == [0, 300_000, 600_000, 900_000]
    assert server.stored == video.read_bytes()


def test_what_has_arrived_damaged_is_deleted(driver: Driver, server: TusServer, video: Path) -> None:
    """The SHA-256 of the server is compared with that of the file."""
    server.damage = True
    with pytest.raises(DamagedUploadError):
        driver.run(server.scripted(), "upload", video)

    assert server.deleted


def test_a_lost_answer_to_the_begin_makes_no_second_upload(driver: Driver, video: Path) -> None:
    """Both requests have the same key."""
    server = ScriptedServer([httpx.ReadError("reset"), problem(400, "invalid_option")])
    with pytest.raises(ProblemError):
        driver.run(server, "upload", video)

    first, second = (request.headers["Idempotency-Key"] for request in server.requests)
    assert first == second


@pytest.mark.parametrize(("status", "code"), [(415, "not_a_video"), (413, "too_large"), (410, "upload_gone")])
def test_what_the_server_declines_for_good_is_told(
    driver: Driver, video: Path, status: int, code: str
) -> None:
    """Not tried again."""
    begun = httpx.Response(201, headers={"Location": "/v1/uploads/a1"})
    server = ScriptedServer([begun, problem(status, code)])
    with pytest.raises(ProblemError) as raised:
        driver.run(server, "upload", video)

    assert raised.value.code == code


def test_a_locked_upload_is_waited_for(driver: Driver, server: TusServer, video: Path) -> None:
    """The lock of a writer that was cut off frees itself."""
    locks = 3

    def locked_first(request: httpx.Request) -> httpx.Response:
        nonlocal locks
        if request.method == "PATCH" and locks:
            locks -= 1
            return problem(423, "upload_locked")
        return server.answer(request)

    driver.run(ScriptedServer([locked_first] * 100), "upload", video)

    assert server.stored == video.read_bytes()


def test_a_server_that_contradicts_itself_is_given_up(driver: Driver, video: Path) -> None:
    """It says 409, and then the same offset again."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            return httpx.Response(201, headers={"Location": "/v1/uploads/a1"})
        if request.method == "PATCH":
            return problem(409, "wrong_offset")
        return httpx.Response(200, headers={"Upload-Offset": "0", "Upload-Length": "1000000"})

    server = ScriptedServer([answer] * 50)
    with pytest.raises(ProblemError) as raised:
        driver.run(server, "upload", video)

    assert raised.value.code == "wrong_offset"


@pytest.mark.parametrize(
    "headers", [{}, {"Upload-Offset": "x"}, {"Upload-Offset": "0"}, {"Upload-Offset": "9" * 30}]
)
def test_an_answer_without_an_offset_is_none_of_this_protocol(
    driver: Driver, video: Path, headers: dict[str, str]
) -> None:
    """Nor one that never grows."""
    begun = httpx.Response(201, headers={"Location": "/v1/uploads/a1"})
    with pytest.raises(UnexpectedAnswerError):
        driver.run(ScriptedServer([begun, httpx.Response(204, headers=headers)]), "upload", video)


def test_an_upload_is_given_up_and_its_limit_asked(driver: Driver) -> None:
    """By DELETE and OPTIONS."""
    server = ScriptedServer([httpx.Response(204), httpx.Response(204, headers={"Tus-Max-Size": "1000"})])
    driver.run(server, "delete_upload", "a1")

    assert driver.run(server, "largest_upload") == 1000
    assert server.asked == ["DELETE /v1/uploads/a1", "OPTIONS /v1/uploads"]
    assert server.requests[1].headers["Authorization"] == "Bearer access-1"


@pytest.mark.parametrize("kind", [BlockingDriver, AsynchronousDriver])
def test_the_limit_of_an_upload_is_told_to_anybody(kind: type[BlockingDriver]) -> None:
    """Who is logged in is told the own one, and nobody has to be."""
    server = ScriptedServer([httpx.Response(204, headers={"Tus-Max-Size": "1000"})])

    assert kind(Session()).run(server, "largest_upload") == 1000
    assert "Authorization" not in server.requests[0].headers
