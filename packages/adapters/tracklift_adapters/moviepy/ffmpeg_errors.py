"""Translating ffmpeg's errors into those of the domain."""

import signal

from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode
from tracklift_domain.extraction.failures import (
    internal_error,
    nothing_decoded,
    out_of_space,
    unsupported_codec,
    used_up_time,
)

_NOT_STARTED = frozenset({126, 127})
"""The exit status of a shell that can't execute or find a program."""
_MACHINE_ERRORS = ("No such file or directory", "Permission denied", "pthread_create() failed")


class FfmpegEndedError(Exception):
    """The status of ffmpeg as `subprocess` gives it, and its log, for the operator."""

    def __init__(self, status: int, log: str) -> None:
        super().__init__(f"ffmpeg ended with status {status}: {log.strip()}")


def decoding_failed(status: int, log: str, codec: str) -> ExtractionError:
    """Return the error for a decoder of `codec` that has ended with an error."""
    if status == -signal.SIGXCPU:
        return used_up_time()
    if "no decoder found for" in log or "Decoder not found" in log:
        return unsupported_codec(codec)
    if "Stream map" in log and "matches no streams" in log:
        return ExtractionError(
            FailureCode.NO_AUDIO_TRACK, "The video has no such audio track: choose another one."
        )
    if status < 0 or status in _NOT_STARTED or any(message in log for message in _MACHINE_ERRORS):
        return internal_error()
    return nothing_decoded()


def encoding_failed(status: int, log: str) -> ExtractionError:
    """Return the error for an encoder that has ended with an error."""
    if "No space left on device" in log or "Disk quota exceeded" in log:
        return out_of_space()
    if status == -signal.SIGXCPU:
        return used_up_time()
    return internal_error()
