"""Converting a file as a worker does, within the test's own process."""

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.media import ffmpeg
from tests.media.readers import BytesVideo
from tracklift_adapters.lame.engine import LameAudioEngine
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.damage import check_damage
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.video_traits import VideoTraits

_LONGEST = 3600.0


@dataclass(frozen=True, slots=True)
class Converted:
    """An MP3, and what ffmpeg hears of it."""

    audio: AudioFile
    heard: ffmpeg.Decoded


def inspect(content: bytes) -> VideoTraits:
    """Look into a file."""
    return asyncio.run(Mp4Inspector().inspect(BytesVideo(content)))


def convert(content: bytes, folder: Path, **options: Any) -> Converted:
    """Make an MP3 of a file.

    Raises:
        ExtractionError: when it is refused.
    """
    plan = plan_extraction(inspect(content), AudioOptions(**options), longest=_LONGEST)
    audio = LameAudioEngine(2).extract(BytesVideo(content), plan, folder, lambda _: None)
    check_damage(audio.damage, audio.duration)
    return Converted(audio, ffmpeg.decode(audio.path))
