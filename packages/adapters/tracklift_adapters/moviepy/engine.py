import os
from collections.abc import Callable
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.moviepy.materialize import materialize
from tracklift_domain.extraction.audio import AudioFile
from tracklift_domain.extraction.plan import ExtractionPlan
from tracklift_domain.extraction.ports import AudioEngine
from tracklift_domain.media.ports import SeekableReader

_WRAPPER = Path(__file__).with_name("ffmpeg-safe")
_COPYING = 0.1
"""The fraction of the whole work that copying takes."""


class MoviePyAudioEngine(AudioEngine):
    """Makes MP3s with MoviePy and ffmpeg of everything that ffmpeg decodes.

    They have tags and chapters, but no cover picture. The timeline is ffmpeg's: pauses of the recorder become silence,
    those of an edit list do not. Lost packets are not reported.

    ffmpeg reads files only, so a video that is not in a file is copied into the folder first. MoviePy and ffmpeg are
    configured by environment variables, which this engine sets in its process.
    """

    def __init__(self, ffmpeg: Path | None = None) -> None:
        """Create the engine.

        Args:
            ffmpeg: The program. `None`: the one that IMAGEIO_FFMPEG_EXE names, else the one that comes with
                imageio-ffmpeg.
        """
        self._ffmpeg = ffmpeg

    @override
    def extract(
        self, video: SeekableReader, plan: ExtractionPlan, folder: Path, reached: Callable[[float], None]
    ) -> AudioFile:
        copying = 0.0 if video.path is not None and plan.readable is None else _COPYING
        file = materialize(video, plan.readable, folder, lambda fraction: reached(fraction * copying))
        os.environ |= {
            "FFMPEG_BINARY": str(_WRAPPER),
            "SAFE_FFMPEG": str(self._ffmpeg or _find_ffmpeg()),
            "SAFE_FFMPEG_TRACK": str(plan.track),
        }
        # MoviePy looks for ffmpeg when it is imported.
        from tracklift_adapters.moviepy.extraction import make_mp3  # noqa: PLC0415

        return make_mp3(file, plan, folder, lambda fraction: reached(copying + fraction * (1 - copying)))


def _find_ffmpeg() -> str:
    import imageio_ffmpeg  # noqa: PLC0415 - only where no program was given

    program: str = imageio_ffmpeg.get_ffmpeg_exe()
    return program
