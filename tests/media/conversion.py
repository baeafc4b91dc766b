"""Converting a file as a worker does, within the test's own process."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.media import ffmpeg
from tests.media.readers import BytesVideo
from tracklift_adapters.lame.encoding import encoder
from tracklift_adapters.lame.engine import LameAudioEngine
from tracklift_adapters.mp4.inspector import Mp4Inspector
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.damage import check_damage
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.plan import plan_extraction
from tracklift_domain.extraction.video_traits import VideoTraits

_LONGEST = 3600.0
_EFFORT = 7
"""Of LAME's scale from 0 to 9, on which less effort is more."""


@dataclass(frozen=True, slots=True)
class Converted:
    """An MP3, and what ffmpeg hears of it."""

    audio: AudioFile
    heard: ffmpeg.Decoded


def inspect(content: bytes) -> VideoTraits:
    """Look into a file."""
    return asyncio.run(Mp4Inspector().inspect(BytesVideo(content)))


@contextmanager
def little_effort() -> Iterator[None]:
    """Have LAME take half of the time, where nothing depends on how well it codes."""
    with patch.object(encoder, "EFFORT", _EFFORT):
        yield


def convert(content: bytes, folder: Path, **options: Any) -> Converted:
    """Make an MP3 of a file.

    Raises:
        ExtractionError: when it is refused.
    """
    plan = plan_extraction(inspect(content), AudioOptions(**options), longest=_LONGEST)
    with little_effort():
        audio = LameAudioEngine(2).extract(BytesVideo(content), plan, folder, lambda _: None)
    check_damage(audio.damage, audio.duration)
    return Converted(audio, ffmpeg.decode(audio.path))
