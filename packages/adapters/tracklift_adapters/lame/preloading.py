"""What a process imports to be ready for a video before there is one."""

import logging

import tracklift_adapters.lame.engine  # noqa: F401 - to have been imported
from tracklift_adapters.lame.rehearsal import make_noise_an_mp3

_log = logging.getLogger(__name__)


def rehearse() -> None:
    """Do what a video will have done, so that the libraries have done it before.

    They compute tables when they are first used, and Python, the C library and the kernel have first times of their
    own: 10 ms and more of a short video's 140.
    """
    try:
        make_noise_an_mp3()
    except Exception as error:  # noqa: BLE001 - nothing is lost but time, and the engine will say itself what it lacks
        _log.warning("The engine could not be rehearsed: %r", error)
