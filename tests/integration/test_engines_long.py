"""Long videos: progress that can be believed, durations that are exact, memory that does not grow."""

import asyncio
from pathlib import Path

import pytest

from tests.contracts.audio_extractor import made
from tests.integration.extraction_engines import EXTRACTORS
from tests.media.mp3 import read_mp3
from tests.media.readers import FileVideo
from tests.media.samples import sample
from tests.selection import thorough
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.progress import Progress

pytestmark = [pytest.mark.media, pytest.mark.slow]


# Each run takes the engine that most videos get.
@pytest.mark.parametrize("engine", ["lame", *thorough(["moviepy"])])
@pytest.mark.parametrize(
    ("name", "seconds"),
    [("twenty-minutes", 1200), *thorough([("one-hour", 3600), ("two-hours", 7200)])],
)
async def test_a_long_video_is_converted_to_the_sample(
    name: str, seconds: int, engine: str, tmp_path: Path
) -> None:
    """Progress rises at most twice a second, and from the fourth report on an end is foreseen."""
    video = FileVideo(sample(name))
    plan = plan_extraction(await Mp4Inspector().inspect(video), AudioOptions(), longest=8000)
    loop = asyncio.get_running_loop()
    reports: list[Progress] = []
    began = loop.time()

    audio, content = await made(EXTRACTORS[engine](tmp_path / "scratch"), video, plan, reports.append)

    assert audio.duration == pytest.approx(seconds, abs=0.05)
    assert read_mp3(content).announced_seconds == pytest.approx(seconds, abs=0.05)
    # Counted: on a busy machine one report may arrive late and the next one in time.
    assert len(reports) <= 1 + 2 * (loop.time() - began)
    fractions = [progress.fraction for progress in reports]
    assert fractions == sorted(fractions)
    assert fractions[0] < 0.3
    assert fractions[-1] > 0.3
    assert all(progress.remaining is not None and progress.remaining >= 0 for progress in reports[3:])
