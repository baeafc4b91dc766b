"""What the LAME engine does beyond what every engine does."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.contracts.audio_extractor import a_plan
from tests.media import ffmpeg
from tests.media.hostile import HOSTILE
from tests.media.readers import BytesVideo, FileVideo
from tests.media.reshaping import Video
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.lame import engine as engine_module
from tracklift_adapters.lame.encoding.joiner import Joiner, SeamError
from tracklift_adapters.lame.encoding.segments import Segmentation, plan_segments
from tracklift_adapters.lame.engine import LameAudioEngine
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.errors import ExtractionError, NotCoveredError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import ExtractionPlan, plan_extraction

pytestmark = [pytest.mark.media, pytest.mark.each_value_once]


async def plan_for(name: str, **options: Any) -> ExtractionPlan:
    traits = await Mp4Inspector().inspect(FileVideo(sample(name)))
    return plan_extraction(traits, AudioOptions(**options), longest=3600)


def extract(
    name: str, plan: ExtractionPlan, folder: Path, *, encoders: int = 2, reached: Any = lambda _: None
) -> AudioFile:
    folder.mkdir(exist_ok=True)
    return LameAudioEngine(encoders).extract(FileVideo(sample(name)), plan, folder, reached)


@pytest.fixture
def split_early(monkeypatch: pytest.MonkeyPatch) -> None:
    """Split recordings also where samples come so slowly, as to code that is traced, that one encoder could do all."""

    def plan(*recording: Any, supplied: int, encoded: int, **further: Any) -> Segmentation:
        return plan_segments(*recording, **further)

    monkeypatch.setattr(engine_module, "plan_segments", plan)


@pytest.mark.usefixtures("split_early")
@pytest.mark.parametrize("encoders", [3, *thorough([2, 8])])
async def test_the_output_of_several_encoders_is_that_of_one(encoders: int, tmp_path: Path) -> None:
    """From the video to the file, with any range."""
    plan = await plan_for("three-minutes", start=1.2345, end=41.1, sample_rate=44100)

    alone = extract("three-minutes", plan, tmp_path / "alone", encoders=1)
    together = extract("three-minutes", plan, tmp_path / "together", encoders=encoders)

    assert replace(together, path=alone.path) == alone
    assert together.path.read_bytes() == alone.path.read_bytes()


@pytest.mark.usefixtures("split_early")
async def test_segments_that_fit_nowhere_are_encoded_again_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    plan = await plan_for("three-minutes", end=40.0)
    alone = extract("three-minutes", plan, tmp_path / "alone", encoders=1)

    def fail(*_: object, **__: object) -> int:
        raise SeamError("nothing fits")

    monkeypatch.setattr(Joiner, "_join", fail)
    together = extract("three-minutes", plan, tmp_path / "together")

    assert together.path.read_bytes() == alone.path.read_bytes()
    assert "nothing fits" in caplog.text


async def test_a_track_that_already_is_mp3_is_copied(tmp_path: Path) -> None:
    """With the same samples that players play of the video, and with a tag."""
    plan = await plan_for("mp3-audio", title="Taken over")

    audio = extract("mp3-audio", plan, tmp_path)

    source, heard = ffmpeg.decode(sample("mp3-audio")), ffmpeg.decode(audio.path)
    assert np.array_equal(heard.samples, source.samples)
    assert heard.warnings == ""
    assert audio.bitrate == 128
    assert audio.duration == pytest.approx(4, abs=0.001)
    assert ffmpeg.tags(audio.path)["title"] == "Taken over"
    raw = ffmpeg.run("-i", str(sample("mp3-audio")), "-map", "0:a", "-c", "copy", "-f", "data", "-").stdout
    assert raw in audio.path.read_bytes()


@pytest.mark.one_in(3)
@pytest.mark.parametrize(
    "options", [{"bitrate": 128}, {"quality": 2}, {"channels": 2}, {"start": 0.5}, {"normalize": True}]
)
async def test_a_track_that_already_is_mp3_is_encoded_if_an_option_requires_it(
    options: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine_module, "copy", lambda *_, **__: pytest.fail("It was copied."))

    extract("mp3-audio", await plan_for("mp3-audio", **options), tmp_path)


async def test_an_mp3_track_that_can_not_be_copied_is_encoded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Obstacles to copying, such as a rate that changes, are no reason to fail."""

    def fail(*_: object, **__: object) -> AudioFile:
        raise ValueError("its sample rate changes on the way")

    monkeypatch.setattr(engine_module, "copy", fail)

    audio = extract("mp3-audio", await plan_for("mp3-audio"), tmp_path)

    assert audio.bitrate == 192


@pytest.mark.parametrize("is_edited", [True, False])
async def test_a_packet_of_thirteen_hours_makes_no_video_too_long(*, is_edited: bool, tmp_path: Path) -> None:
    """Inspection and decoder both take it for a wrong time, and the rest is appended without a gap."""
    video = Video.read(sample("index-at-end").read_bytes())
    track = video.sound()
    middle, absurd = len(track.durations) // 2, 13 * 3600 * track.timescale
    track.change_durations(lambda number, units: absurd if number == middle else units)
    if not is_edited:
        video.play()
    reader = BytesVideo(video.written())

    traits = await Mp4Inspector().inspect(reader)
    plan = plan_extraction(traits, AudioOptions(), longest=60)
    audio = LameAudioEngine(2).extract(reader, plan, tmp_path, lambda _: None)

    assert traits.audio_tracks[0].duration == pytest.approx(4, abs=0.05)
    assert audio.duration == pytest.approx(4, abs=0.05)
    assert audio.damage is None
    heard = ffmpeg.decode(audio.path)
    assert heard.pitch() == pytest.approx(440, abs=1)
    assert heard.level() == pytest.approx(ffmpeg.decode(sample("index-at-end")).level(), rel=0.05)


async def test_each_discrete_channel_is_heard(tmp_path: Path) -> None:
    audio = extract("nine-channels", await plan_for("nine-channels"), tmp_path)

    heard = ffmpeg.decode(audio.path)
    assert heard.samples.shape[1] == 2
    assert heard.level() == pytest.approx(0.1 / 2**0.5, rel=0.05)


async def test_peaks_that_one_gain_would_make_too_high_are_left_to_another_engine(tmp_path: Path) -> None:
    plan = await plan_for("peaky", normalize=True)

    with pytest.raises(NotCoveredError, match="peaks"):
        extract("peaky", plan, tmp_path)


@pytest.mark.parametrize("options", [{}, {"normalize": True}, *thorough([{"quality": 3}, {"start": 60}])])
async def test_progress_rises_to_the_end(options: dict[str, Any], tmp_path: Path) -> None:
    reported: list[float] = []

    extract("three-minutes", await plan_for("three-minutes", **options), tmp_path, reached=reported.append)

    assert reported == sorted(reported)
    assert len(reported) > 3
    assert 0 <= reported[0] < 0.5
    assert reported[-1] >= 0.9


@pytest.mark.parametrize("encoders", [1, 2])
async def test_progress_is_reported_if_decoding_takes_longest(encoders: int, tmp_path: Path) -> None:
    """Then the decoder never waits for encoders, so it reports with each block that it has decoded."""
    reported: list[float] = []
    plan = await plan_for("one-hour", end=240.0, sample_rate=8000)

    extract("one-hour", plan, tmp_path, encoders=encoders, reached=reported.append)

    assert reported == sorted(reported)
    assert len(reported) > 10
    assert reported[-1] <= 1


def test_a_file_that_ends_before_its_audio_is_incomplete_also_for_a_decoder(tmp_path: Path) -> None:
    """The inspection detects it before, but may have read another version of the file."""
    path = tmp_path / "half.mp4"
    path.write_bytes(HOSTILE["half-with-index-at-front"][0]())

    with pytest.raises(ExtractionError, match="corrupt_media"):
        LameAudioEngine(2).extract(FileVideo(path), a_plan(), tmp_path, lambda _: None)
