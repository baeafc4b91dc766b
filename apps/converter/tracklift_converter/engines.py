"""The engines that make the MP3s."""

ENGINES = (
    "tracklift_adapters.lame.engine:LameAudioEngine",
    # For what the first one does not cover: loudness that needs a limiter, and formats that it can't convert.
    "tracklift_adapters.moviepy.engine:MoviePyAudioEngine",
)
"""The import paths of `AudioEngine`s, in the order in which they are tried. Another process imports them."""
PRELOADED = ("tracklift_adapters.lame.preloading",)
"""Modules that a worker process imports before it is given work."""
