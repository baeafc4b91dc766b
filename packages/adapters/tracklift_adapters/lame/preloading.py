"""What a process imports and calls before it gets a video."""

import logging

import tracklift_adapters.lame.engine  # noqa: F401 - imported for its side effect: the libraries are loaded
from tracklift_adapters.lame.prewarming import convert_noise

_log = logging.getLogger(__name__)


def prewarm() -> None:
    """Convert a short piece of noise, so that the first video does not pay for what happens only once.

    Libraries compute tables when they are first used, and Python, the C library and the kernel load what they need on
    first use: 10 ms and more of a short video's 140.
    """
    try:
        convert_noise()
    except Exception as error:  # noqa: BLE001 - only time is lost; the engine itself reports what it lacks
        _log.warning("The LAME engine could not be prewarmed: %r", error)
