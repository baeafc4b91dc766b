"""The peaks that an extractor tells are those of the MP3 that it makes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.contracts.audio_extractor import made
from tests.media import ffmpeg
from tests.media.readers import FileVideo
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.peaks import MOST_PEAKS
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.ports import AudioExtractor

pytestmark = [pytest.mark.media, pytest.mark.asyncio(loop_scope="module")]

NEAR = 0.1
"""Of the loudest peak: an encoder changes each a little."""


async def peaks_and_sound(
    name: str, extractor: AudioExtractor, folder: Path, **options: Any
) -> tuple[npt.NDArray[np.float64], ffmpeg.Decoded]:
    """Convert a sample, and give the peaks that are told of it and what is heard of the MP3."""
    video = FileVideo(sample(name))
    plan = plan_extraction(await Mp4Inspector().inspect(video), AudioOptions(**options), longest=3600)
    audio, content = await made(extractor, video, plan)
    path = folder / "audio.mp3"
    path.write_bytes(content)
    return np.frombuffer(audio.peaks, np.uint8) / 255, ffmpeg.decode(path)


def peaks_of(sound: ffmpeg.Decoded, count: int) -> npt.NDArray[np.float64]:
    """Find so many peaks of the same length, but for the last one."""
    loudest = np.max(np.abs(sound.samples), axis=1)
    length = 32
    while -(-len(loudest) // length) > count:
        length *= 2
    return np.array([np.max(loudest[start : start + length]) for start in range(0, len(loudest), length)])


PART = ("swelling", {"bitrate": 320, "start": 2.5, "end": 17})
ONE_GAIN = ("swelling", {"bitrate": 320, "normalize": True})
CHANGING_GAIN = ("peaky", {"bitrate": 320, "normalize": True, "end": 8})


@pytest.mark.parametrize(
    ("name", "options", "engine"),
    [
        (*PART, "moviepy"),
        (*ONE_GAIN, "lame"),
        (*CHANGING_GAIN, "moviepy"),
        # LAME leaves the third one to MoviePy.
        *thorough([(*PART, "lame"), (*ONE_GAIN, "moviepy"), (*CHANGING_GAIN, "lame")]),
    ],
)
async def test_are_those_of_the_mp3(
    name: str,
    options: dict[str, Any],
    engine: str,
    extractors: Mapping[str, AudioExtractor],
    tmp_path: Path,
) -> None:
    """After what is cut away, and as loud as it became."""
    told, sound = await peaks_and_sound(name, extractors[engine], tmp_path, **options)

    assert MOST_PEAKS / 2 <= len(told) <= MOST_PEAKS
    heard = np.minimum(1, peaks_of(sound, len(told)))
    assert len(heard) == len(told)
    # What an encoder smears over the border of two peaks belongs to either.
    around = np.max([np.roll(heard, shift) for shift in (-1, 0, 1)], axis=0)
    below = np.min([np.roll(heard, shift) for shift in (-1, 0, 1)], axis=0)
    near = NEAR * np.max(heard)
    assert np.all(told[1:-1] <= around[1:-1] + near)
    assert np.all(told[1:-1] >= below[1:-1] - near)
    assert np.ptp(told) > np.max(heard) / 2


async def test_silence_has_none_that_can_be_seen(
    extractors: Mapping[str, AudioExtractor], tmp_path: Path
) -> None:
    told, _ = await peaks_and_sound("silence", extractors["lame"], tmp_path)

    assert len(told) >= MOST_PEAKS / 2
    assert np.max(told) == 0


async def test_of_a_track_that_is_copied_none_are_told(
    extractors: Mapping[str, AudioExtractor], tmp_path: Path
) -> None:
    """It is not decoded."""
    told, sound = await peaks_and_sound("mp3-audio", extractors["lame"], tmp_path)

    assert len(told) == 0
    assert sound.seconds == pytest.approx(4, abs=0.1)
