"""Uploads in one request and downloads: whole, broken off, damaged."""

import hashlib
import json
import os
from pathlib import Path

import httpx
import pytest

from tests.unit.client.scripted_server import (
    Driver,
    ScriptedServer,
    answered,
    audio,
    conversion,
    logged_in,
    problem,
    stream,
)
from tracklift_client.client import Client
from tracklift_client.errors import (
    ConnectionLostError,
    DamagedDownloadError,
    FileChangedError,
    ProblemError,
)
from tracklift_client.models.options import Options
from tracklift_client.outgoing import Outgoing
from tracklift_client.part_file import safe_name
from tracklift_client.sound_extract.extract import SoundExtract

VECTORS = Path(__file__).parent / "vectors"
MP3 = os.urandom(1000)
SHA256 = hashlib.sha256(MP3).hexdigest()
RECORD = conversion("completed", audio=audio(MP3, SHA256))


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """Give a file that is no MP4, so that all of it is sent."""
    path = tmp_path / "tälk & more.mp4"
    path.write_bytes(os.urandom(600_000))
    return path


def test_a_video_is_sent_whole_where_it_has_no_extract(driver: Driver, video: Path) -> None:
    """With name and options in the query, and a key that makes it safe to send again."""
    server = ScriptedServer([answered(conversion(), 202)])
    told: list[tuple[int, int]] = []
    found = driver.run(
        server, "submit", video, Options(bitrate=64), progress=lambda *through: told.append(through)
    )

    assert found.id == "a1"
    (request,) = server.requests
    assert dict(request.url.params) == {"name": video.name, "bitrate": "64"}
    assert request.headers["Content-Type"] == "video/mp4"
    assert request.headers["Content-Length"] == "600000"
    assert "Transfer-Encoding" not in request.headers
    assert server.bodies == [video.read_bytes()]
    assert told[-1] == (600_000, 600_000)
    assert told == sorted(told)


def test_of_an_mp4_its_sound_is_sent(driver: Driver) -> None:
    """Unless the whole is asked for."""
    path = VECTORS / "index-behind.mp4"
    server = ScriptedServer([answered(conversion(), 202), answered(conversion(), 202)])
    driver.run(server, "submit", path)
    driver.run(server, "submit", path, whole=True)

    with path.open("rb") as file:
        extract = SoundExtract(file)
        assert server.bodies == [extract.read(0, extract.size), path.read_bytes()]


def test_an_upload_that_was_cut_is_sent_again_with_the_same_key(driver: Driver, video: Path) -> None:
    """From its begin: this route knows no other way."""
    server = ScriptedServer([httpx.WriteError("reset"), answered(conversion(), 202)])
    driver.run(server, "submit", video)

    assert len({request.headers["Idempotency-Key"] for request in server.requests}) == 1
    assert server.bodies == [video.read_bytes()] * 2


def test_a_file_that_is_missing_is_an_error_of_the_system(driver: Driver, tmp_path: Path) -> None:
    """Nothing is sent."""
    server = ScriptedServer([])
    with pytest.raises(FileNotFoundError):
        driver.run(server, "submit", tmp_path / "missing.mp4")


@pytest.mark.parametrize("change", ["longer", "shorter"])
def test_a_file_that_changes_while_it_is_sent_is_told(video: Path, change: str) -> None:
    """Half of one and half of another would be no video."""
    with Outgoing(video) as outgoing:
        outgoing.read(0, 1000)
        if change == "longer":
            with video.open("ab") as file:
                file.write(b"more")
        else:
            os.truncate(video, 10)
        with pytest.raises(FileChangedError):
            outgoing.read(1000, 1000)


def test_a_download_goes_into_a_folder_under_its_own_name(driver: Driver, tmp_path: Path) -> None:
    """Nothing else is left there."""
    server = ScriptedServer([answered(RECORD), stream(MP3[:300], MP3[300:])])
    path = driver.run(server, "download", "a1", tmp_path)

    assert path == tmp_path / "talk.mp3"
    assert path.read_bytes() == MP3
    assert list(tmp_path.iterdir()) == [path]


def test_a_download_that_breaks_off_goes_on_where_it_was(driver: Driver, tmp_path: Path) -> None:
    """By a range, of the same MP3 only."""
    parts = [stream(MP3[:300], lost=True), stream(MP3[300:400], status=206), stream(MP3[400:], status=206)]
    server = ScriptedServer([answered(RECORD), *parts])
    driver.run(server, "download", "a1", tmp_path / "x.mp3")

    assert (tmp_path / "x.mp3").read_bytes() == MP3
    asked = [(each.headers.get("Range"), each.headers.get("If-Range")) for each in server.requests[1:]]
    assert asked == [(None, None), ("bytes=300-", f'"{SHA256}"'), ("bytes=400-", f'"{SHA256}"')]


def test_a_later_call_goes_on_with_what_an_earlier_one_left(driver: Driver, tmp_path: Path) -> None:
    """As after Ctrl-C, or when the server stayed away."""
    target = tmp_path / "x.mp3"
    lost = ScriptedServer(
        [answered(RECORD), stream(MP3[:700], lost=True), *[httpx.ConnectError("refused")] * 8]
    )
    with pytest.raises(ConnectionLostError):
        driver.run(lost, "download", "a1", target)
    assert not target.exists()

    server = ScriptedServer([answered(RECORD), stream(MP3[700:], status=206)])
    driver.run(server, "download", "a1", target)

    assert target.read_bytes() == MP3
    assert server.requests[1].headers["Range"] == "bytes=700-"
    assert list(tmp_path.iterdir()) == [target]


def test_a_server_that_ignores_ranges_is_understood(driver: Driver, tmp_path: Path) -> None:
    """A proxy may drop them: what is there already is skipped."""
    server = ScriptedServer(
        [answered(RECORD), stream(MP3[:300], lost=True), stream(MP3[:250], MP3[250:600], MP3[600:])]
    )
    driver.run(server, "download", "a1", tmp_path / "x.mp3")

    assert (tmp_path / "x.mp3").read_bytes() == MP3


def test_a_rest_that_does_not_fit_is_downloaded_from_the_begin(driver: Driver, tmp_path: Path) -> None:
    """The SHA-256 tells."""
    (tmp_path / ".x.mp3.a1.part").write_bytes(b"something else")
    server = ScriptedServer([answered(RECORD), stream(MP3[14:], status=206), stream(MP3)])
    driver.run(server, "download", "a1", tmp_path / "x.mp3")

    assert (tmp_path / "x.mp3").read_bytes() == MP3


@pytest.mark.parametrize("wrong", [MP3[:-1] + b"?", MP3 + b"surplus"], ids=["changed", "longer"])
def test_what_has_another_sha_256_is_not_kept(driver: Driver, tmp_path: Path, wrong: bytes) -> None:
    """A surplus is not even read to its end."""
    server = ScriptedServer([answered(RECORD), stream(wrong)])
    if len(wrong) > len(MP3):
        driver.run(server, "download", "a1", tmp_path / "x.mp3")
        assert (tmp_path / "x.mp3").read_bytes() == MP3
        return
    with pytest.raises(DamagedDownloadError):
        driver.run(server, "download", "a1", tmp_path / "x.mp3")

    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_kept_unless_told_otherwise(driver: Driver, tmp_path: Path) -> None:
    """Nothing is downloaded for it."""
    target = tmp_path / "x.mp3"
    target.write_text("dear to somebody")
    server = ScriptedServer([answered(RECORD)])
    with pytest.raises(FileExistsError):
        driver.run(server, "download", "a1", target)
    assert target.read_text() == "dear to somebody"

    driver.run(ScriptedServer([answered(RECORD), stream(MP3)]), "download", "a1", target, overwrite=True)
    assert target.read_bytes() == MP3


def test_why_there_is_no_mp3_is_said_by_the_server(driver: Driver, tmp_path: Path) -> None:
    """Not ready, failed, expired: each has its own code."""
    server = ScriptedServer([answered(conversion("queued")), problem(409, "audio_not_ready")])
    with pytest.raises(ProblemError) as raised:
        driver.run(server, "download", "a1", tmp_path / "x.mp3")

    assert raised.value.code == "audio_not_ready"
    assert list(tmp_path.iterdir()) == []


def test_pieces_of_a_download_are_given_one_by_one(driver: Driver) -> None:
    """As for standard output; a cut line does not repeat any."""
    server = ScriptedServer([answered(RECORD), stream(MP3[:300], lost=True), stream(MP3[300:], status=206)])

    assert b"".join(driver.items(server, "audio_pieces", "a1")) == MP3


def test_damaged_pieces_are_told_in_the_end(driver: Driver) -> None:
    """They are out already."""
    found: list[bytes] = []
    with pytest.raises(DamagedDownloadError):
        driver.items(
            ScriptedServer([answered(RECORD), stream(bytes(1000))]), "audio_pieces", "a1", into=found
        )

    assert b"".join(found) == bytes(1000)


def test_the_size_of_a_download_is_asked_without_it(driver: Driver) -> None:
    """By HEAD."""
    server = ScriptedServer([httpx.Response(200, headers={"Content-Length": "1000"})])

    assert driver.run(server, "audio_size", "a1") == 1000
    assert server.asked == ["HEAD /v1/conversions/a1/audio"]


def test_who_stops_iterating_closes_the_answer() -> None:
    """So that no connection stays open."""
    server = ScriptedServer([answered(RECORD), stream(MP3[:10], MP3[10:])])
    session = logged_in()
    with Client("https://a.test", session, transport=server.transport()) as client:
        found = client.audio_pieces("a1")

        assert next(found) == MP3[:10]
        found.close()
        server.answers.append(answered(RECORD))
        assert client.show("a1").id == "a1"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("talk.mp3", "talk.mp3"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x.mp3", "x.mp3"),
        ("...", "audio.mp3"),
        ("", "audio.mp3"),
        (".bashrc", "bashrc"),
        ("a\x1b[2Jb\n.mp3", "a[2Jb.mp3"),
    ],
)
def test_a_name_that_a_server_gives_stays_in_its_folder(name: str, safe: str) -> None:
    """And hides nothing."""
    assert safe_name(name) == safe


def test_peaks_are_the_bytes_of_the_answer(driver: Driver) -> None:
    server = ScriptedServer([httpx.Response(200, content=bytes(range(256)))])

    assert driver.run(server, "peaks", "a1") == bytes(range(256))
    assert server.asked == ["GET /v1/conversions/a1/peaks"]


def test_where_no_peaks_are_kept_it_is_told_at_once(driver: Driver) -> None:
    server = ScriptedServer([problem(404, "peaks_not_found")])

    with pytest.raises(ProblemError) as raised:
        driver.run(server, "peaks", "a1")

    assert raised.value.code == "peaks_not_found"


def test_a_conversion_is_renamed(driver: Driver) -> None:
    server = ScriptedServer([answered(RECORD)])

    assert driver.run(server, "rename", "a1", "講演 🎤").id == "a1"
    assert server.asked == ["PATCH /v1/conversions/a1"]
    assert json.loads(server.bodies[0]) == {"name": "講演 🎤"}
