"""MoviePy, imported before there is a job: that takes more than half of the computing time of a second of video.

Applications do not: few of their videos need MoviePy.
"""

import os

from tracklift_adapters.moviepy import engine

# MoviePy looks for ffmpeg when it is imported; the engine names the one to run for each job.
os.environ |= {"FFMPEG_BINARY": str(engine._WRAPPER), "SAFE_FFMPEG": engine._find_ffmpeg()}

import tracklift_adapters.moviepy.extraction  # noqa: F401 - imported for its side effect
