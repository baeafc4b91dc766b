"""What a process imports to be ready for a video before there is one: the engine, and all that its first use brings."""

import logging

import av

import tracklift_adapters.lame.engine  # noqa: F401 - to have been imported
from tracklift_adapters.lame.library import MissingLameError
from tracklift_adapters.lame.rehearsal import rehearse

try:
    rehearse()
except (MissingLameError, av.error.FFmpegError, ValueError) as error:
    # Nothing is lost but time: the engine will say itself what it lacks.
    logging.getLogger(__name__).warning("The engine could not be rehearsed: %s", error)
