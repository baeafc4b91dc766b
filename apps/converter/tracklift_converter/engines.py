"""What makes the MP3s."""

ENGINES = (
    "tracklift_adapters.lame.engine:LameAudioEngine",
    # For what the first one leaves: loudness whose peaks have to be held down, and audio that changes its form.
    "tracklift_adapters.moviepy.engine:MoviePyAudioEngine",
)
"""`AudioEngine`s by their names, as the process that imports them is not this one; in the order of their trying."""
PRELOADED = ("tracklift_adapters.lame.preloading",)
"""Modules that a process imports before it knows what to do."""
