"""Every kind of video becomes an MP3 of the same length, and every option does what it says."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.accounts import new_user
from tests.end_to_end.data_folder import text_of
from tests.end_to_end.standalone_process import StandaloneProcess, running
from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.media import ffmpeg
from tests.media.ffmpeg import Decoded
from tests.media.mp3 import Mp3, read_mp3
from tests.media.samples import sample
from tests.selection import thorough
from tests.services.extractions import freeze_programs, thaw_programs
from tracklift_domain.notification.shown_name import shown_name

pytestmark = [pytest.mark.media, pytest.mark.network]

CLOSE = 0.05
"""Seconds by which an MP3 may be longer or shorter than the audio of its video."""
KINDS = {
    "index-at-end": (44100, 2),
    "index-at-front": (44100, 2),
    "surround": (48000, 2),
    "two-tracks": (44100, 2),
    "mp3-audio": (44100, 2),
    "one-second": (44100, 2),
    "48-khz": (48000, 2),
    "mono": (44100, 1),
    "variable-frame-rate": (44100, 2),
    "audio-only": (44100, 2),
    "one-hour": (8000, 1),
}
"""Sample rate and channels of the MP3 that becomes of each, without any options."""
IN_EACH_RUN = ("index-at-end", "surround", "two-tracks", "audio-only")
"""That the engines take the others too is shown with the engines."""
EACH_KIND = pytest.mark.parametrize(
    "kind", [*IN_EACH_RUN, *thorough(kind for kind in KINDS if kind not in IN_EACH_RUN)]
)


@dataclass(frozen=True)
class Order:
    """A video and what is wanted of it."""

    video: str
    options: Mapping[str, str] = field(default_factory=dict)


ORDERS = {
    **{kind: Order(kind) for kind in KINDS},
    "bitrate and one channel": Order("index-at-end", {"bitrate": "320", "channels": "1"}),
    "best quality": Order("chirp", {"quality": "0"}),
    "least quality": Order("chirp", {"quality": "9"}),
    "two channels and sample rate": Order("mono", {"channels": "2", "sample_rate": "22050"}),
    "part": Order("chirp", {"start": "2", "end": "3.5"}),
    "second track": Order("two-tracks", {"track": "2"}),
    "loudness": Order("quiet", {"normalize": "true"}),
    "tags": Order(
        "one-second", {"title": "Über den „Wolken“ 🎵", "artist": "Ada; & Co = 1", "album": "\\ '\""}
    ),
}


@dataclass(frozen=True)
class Result:
    """What became of an order."""

    video: Path
    record: dict[str, Any]
    path: Path

    @cached_property
    def content(self) -> bytes:
        """The MP3."""
        return self.path.read_bytes()

    @cached_property
    def mp3(self) -> Mp3:
        """What the MP3 says of itself."""
        return read_mp3(self.content)

    @cached_property
    def heard(self) -> Decoded:
        """What a player makes of the MP3."""
        return ffmpeg.decode(self.path)


class Results:
    """All orders, those of each run placed at once; each is waited for when it is asked for."""

    def __init__(self, user: User, folder: Path) -> None:
        self.user = user
        self._folder = folder
        at_once = [name for name in ORDERS if name in IN_EACH_RUN or name not in KINDS]
        self._ids = {name: self._place(name) for name in at_once}
        self._results: dict[str, Result] = {}

    def __getitem__(self, name: str) -> Result:
        """Wait for an order."""
        if name not in self._ids:
            self._ids[name] = self._place(name)
        if name not in self._results:
            record = self.user.wait_for_end(self._ids[name])
            assert record["state"] == "completed", record
            path = self.user.download(record["id"], self._folder / f"{name}.mp3")
            self._results[name] = Result(sample(ORDERS[name].video), record, path)
        return self._results[name]

    def all_have_ended(self) -> None:
        """Wait for all that were placed."""
        for conversion in self._ids.values():
            self.user.wait_for_end(conversion)

    def _place(self, name: str) -> str:
        order = ORDERS[name]
        return self.user.upload(sample(order.video), **order.options)


@pytest.fixture(scope="module")
def tracklift(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StandaloneProcess]:
    """Run one Tracklift for all tests here."""
    with running(tmp_path_factory.mktemp("videos"), {"TRACKLIFT_CONVERTERS": "2"}) as process:
        yield process


@pytest.fixture(scope="module")
def results(tracklift: StandaloneProcess, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    """Place all orders."""
    user = new_user(tracklift.data, tracklift.address, "ada@example.org")
    yield Results(user, tmp_path_factory.mktemp("mp3s"))
    user.http.close()


@EACH_KIND
def test_the_mp3_is_as_long_as_the_audio(results: Results, kind: str) -> None:
    """What is heard, what the headers name, and what the record says, is the length of the source's audio."""
    result = results[kind]
    heard = result.heard
    source = ffmpeg.decode(result.video)

    assert heard.seconds == pytest.approx(source.seconds, abs=CLOSE)
    assert result.mp3.announced_seconds == pytest.approx(heard.seconds, abs=0.001)
    assert result.record["audio"]["duration"] == pytest.approx(heard.seconds, abs=0.001)
    assert result.record["source"]["duration"] == pytest.approx(source.seconds, abs=CLOSE)


@EACH_KIND
def test_ffmpeg_decodes_the_mp3_without_a_warning(results: Results, kind: str) -> None:
    """And it has the sample rate and the channels of the source, as far as MP3 has them."""
    assert results[kind].heard.warnings == ""
    assert (results[kind].heard.rate, results[kind].heard.samples.shape[1]) == KINDS[kind]


@EACH_KIND
def test_the_record_tells_what_was_sent_and_what_was_made(results: Results, kind: str) -> None:
    """Sizes and SHA-256 are those of the files on both ends."""
    result = results[kind]
    sent = result.video.read_bytes()
    record, source, audio = result.record, result.record["source"], result.record["audio"]

    assert (source["name"], source["size"]) == (result.video.name, len(sent))
    assert source["sha256"] == hashlib.sha256(sent).hexdigest()
    assert (audio["name"], audio["size"]) == (f"{result.video.stem}.mp3", len(result.content))
    assert audio["sha256"] == hashlib.sha256(result.content).hexdigest()
    assert {frame.bitrate for frame in result.mp3.frames} == {audio["bitrate"]}
    assert (record["state"], record["progress"], record["attempt"], record["error"]) == (
        "completed",
        1,
        1,
        None,
    )


@EACH_KIND
def test_one_mail_says_that_the_mp3_is_ready(
    tracklift: StandaloneProcess, results: Results, kind: str
) -> None:
    """It names the MP3 and links to it."""
    record = results[kind].record
    mails = wait_for(lambda: tracklift.data.mails_about(record["id"]), "the mail comes")

    assert [mail["To"] for mail in mails] == ["ada@example.org"]
    assert shown_name(record["audio"]["name"]) in text_of(mails[0])
    assert f"{tracklift.address}/" in text_of(mails[0])


def test_several_videos_are_converted_at_once(tracklift: StandaloneProcess, results: Results) -> None:
    """As many as there are converters."""
    results.all_have_ended()
    scratch = tracklift.data.path / "scratch"
    before = [results.user.upload(sample("quiet")) for _ in range(3)]

    wait_for(lambda: freeze_programs(scratch) == 2, "two are converted", every=0.002)
    assert len(results.user.records(state="converting")) == 2
    thaw_programs(scratch)

    assert {results.user.wait_for_end(each)["state"] for each in before} == {"completed"}


def test_bitrate_is_that_of_every_frame(results: Results) -> None:
    """And the record says so."""
    assert {frame.bitrate for frame in results["bitrate and one channel"].mp3.frames} == {320}
    assert results["bitrate and one channel"].record["audio"]["bitrate"] == 320


def test_quality_varies_the_bitrate(results: Results) -> None:
    """The best takes more bytes than the least; the record has the average."""
    best, least = results["best quality"], results["least quality"]

    assert {best.mp3.kind, least.mp3.kind} == {b"Xing"}
    assert len(best.content) > 1.5 * len(least.content)
    average = len(best.content) * 8 / best.heard.seconds / 1000
    assert best.record["audio"]["bitrate"] == pytest.approx(average, rel=0.02)


def test_channels_mix_down_and_up(results: Results) -> None:
    """A stereo source becomes mono, and a mono one stereo with the same on both sides."""
    assert results["bitrate and one channel"].heard.samples.shape[1] == 1
    both = results["two channels and sample rate"].heard
    assert both.level(0) == pytest.approx(both.level(1), rel=0.01)


def test_sample_rate_is_that_of_the_mp3(results: Results) -> None:
    """It is as long as before."""
    assert results["two channels and sample rate"].heard.rate == 22050
    assert results["two channels and sample rate"].heard.seconds == pytest.approx(4, abs=CLOSE)


def test_start_and_end_cut_a_part(results: Results) -> None:
    """The tone rises from 200 Hz by 300 Hz each second, so its pitch tells where the part comes from."""
    part = results["part"]

    assert part.heard.seconds == pytest.approx(1.5, abs=CLOSE)
    assert part.record["source"]["duration"] == pytest.approx(6, abs=CLOSE)
    assert 200 + 300 * 2 <= part.heard.pitch() <= 200 + 300 * 3.5


def test_track_chooses_the_second_track(results: Results) -> None:
    """The first one has a tone of 440 Hz, the second one of 1000 Hz."""
    assert results["two-tracks"].heard.pitch() == pytest.approx(440, abs=2)
    assert results["second track"].heard.pitch() == pytest.approx(1000, abs=2)


def test_normalize_brings_the_loudness_to_its_target(results: Results) -> None:
    """By EBU R 128: −16 LUFS, and no peak above −1 dBTP."""
    loudness = ffmpeg.loudness(results["loudness"].path)

    assert loudness.integrated == pytest.approx(-16, abs=0.5)
    assert loudness.true_peak <= -0.9


def test_tags_are_written_as_they_were_given(results: Results) -> None:
    """In letters of every script, with characters that ffmpeg would read as its own."""
    found = ffmpeg.tags(results["tags"].path)

    assert {name: found.get(name) for name in ("title", "artist", "album")} == ORDERS["tags"].options
