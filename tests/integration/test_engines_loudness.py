"""Audio that is normalized has the loudness that was promised."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pytest

from tests.contracts.audio_extractor import ignore, made
from tests.integration.extraction_engines import EXTRACTORS
from tests.media import ffmpeg
from tests.media.readers import FileVideo
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.ports import AudioExtractor

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="module")]


class Normalize(Protocol):
    """Converts a sample with the target loudness, and gives the MP3's file."""

    async def __call__(self, name: str, **options: Any) -> Path: ...


@pytest.fixture(params=EXTRACTORS)
def normalized(
    request: pytest.FixtureRequest, extractors: Mapping[str, AudioExtractor], tmp_path: Path
) -> Normalize:
    extractor = extractors[request.param]

    async def normalized(name: str, **options: Any) -> Path:
        video = FileVideo(sample(name))
        traits = await Mp4Inspector().inspect(video)
        plan = plan_extraction(traits, AudioOptions(normalize=True, **options), longest=3600)
        _, content = await made(extractor, video, plan, ignore)
        path = tmp_path / "audio.mp3"
        path.write_bytes(content)
        return path

    return normalized


def levels(samples: npt.NDArray[np.float32], rate: int) -> npt.NDArray[np.float64]:
    """Give the level of each second, in dB."""
    whole = samples[: len(samples) // rate * rate, 0].reshape(-1, rate).astype(np.float64)
    return np.asarray(20 * np.log10(np.sqrt(np.mean(np.square(whole), axis=1))))


@pytest.mark.each_value_once
@pytest.mark.parametrize("name", ["quiet", "index-at-end"])
async def test_brings_audio_to_the_target(name: str, normalized: Normalize) -> None:
    """Up or down, by one gain for all of it."""
    before = ffmpeg.loudness(sample(name))
    path = await normalized(name)

    assert abs(before.integrated + 16) > 2
    after = ffmpeg.loudness(path)
    assert after.integrated == pytest.approx(-16, abs=0.5)
    assert after.true_peak <= -0.5
    heard = ffmpeg.decode(path)
    assert heard.warnings == ""
    assert len(heard.samples) == len(ffmpeg.decode(sample(name)).samples)


async def test_keeps_the_dynamics_of_audio_with_a_wide_range(normalized: Normalize) -> None:
    """A slow swell of 37 dB is still one afterwards."""
    source = ffmpeg.decode(sample("swelling"))

    heard = ffmpeg.decode(await normalized("swelling", bitrate=320))

    gains = levels(heard.samples, heard.rate) - levels(source.samples, source.rate)
    assert np.ptp(gains) < 1


# LAME leaves it to MoviePy, so that one case shows both.
@pytest.mark.parametrize("normalized", ["lame", *thorough(["moviepy"])], indirect=True)
async def test_keeps_the_peak_below_the_limit(normalized: Normalize) -> None:
    """Where one gain would drive a peak over full scale, the gain follows the audio."""
    before = ffmpeg.loudness(sample("peaky"))
    path = await normalized("peaky", bitrate=320, end=8)

    assert before.true_peak - before.integrated > 15  # so that no single gain will do
    assert ffmpeg.loudness(path).true_peak <= -0.5
    assert ffmpeg.decode(path).seconds == pytest.approx(8, abs=0.05)


async def test_leaves_silence_silent(normalized: Normalize) -> None:
    """Nothing can be measured, so nothing is changed."""
    heard = ffmpeg.decode(await normalized("silence"))

    assert heard.seconds == pytest.approx(4, abs=0.001)
    assert float(np.max(np.abs(heard.samples))) < 0.0001


async def test_measures_only_the_part_that_is_asked_for(normalized: Normalize) -> None:
    """The loud end of a swell says nothing about its beginning."""
    path = await normalized("swelling", end=5)

    assert ffmpeg.loudness(path).integrated == pytest.approx(-16, abs=1)


# To MoviePy's meter it is as silence is.
@pytest.mark.parametrize("normalized", ["lame", *thorough(["moviepy"])], indirect=True)
async def test_takes_audio_too_short_to_be_measured(normalized: Normalize) -> None:
    """Below the 0.4 seconds of a block there is no loudness."""
    path = await normalized("one-second", end=0.3)

    assert ffmpeg.decode(path).seconds == pytest.approx(0.3, abs=0.001)
