"""Long videos: progress that can be believed, durations that are exact, memory that does not grow."""

import asyncio
from itertools import pairwise
from pathlib import Path

import pytest

from tests.contracts.audio_extractor import made
from tests.integration.extraction_engines import EXTRACTORS
from tests.media.mp3 import read_mp3
from tests.media.readers import FileVideo
from tests.media.samples import sample
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.conversion.options import AudioOptions
from tracklift_domain.conversion.progress import Progress
from tracklift_domain.conversion.video import plan_extraction

pytestmark = [pytest.mark.media, pytest.mark.slow]


@pytest.mark.parametrize("engine", EXTRACTORS)
@pytest.mark.parametrize(("name", "seconds"), [("one-hour", 3600), ("two-hours", 7200)])
async def test_a_long_video_is_converted_to_the_sample(
    name: str, seconds: int, engine: str, tmp_path: Path
) -> None:
    """Progress rises at most twice a second, and after a second an end is foreseen."""
    video = FileVideo(sample(name))
    plan = plan_extraction(await Mp4Inspector().inspect(video), AudioOptions(), longest=8000)
    loop = asyncio.get_running_loop()
    reports: list[tuple[float, Progress]] = []

    audio, content = await made(
        EXTRACTORS[engine](tmp_path / "scratch"), video, plan, lambda p: reports.append((loop.time(), p))
    )

    assert audio.duration == pytest.approx(seconds, abs=0.05)
    assert read_mp3(content).announced_seconds == pytest.approx(seconds, abs=0.05)
    assert all(later - earlier >= 0.499 for (earlier, _), (later, _) in pairwise(reports))
    fractions = [progress.fraction for _, progress in reports]
    assert fractions == sorted(fractions)
    assert fractions[0] < 0.3
    assert fractions[-1] > 0.3
    assert all(
        p.remaining is not None and p.remaining >= 0 for time, p in reports if time - reports[0][0] > 1.5
    )
