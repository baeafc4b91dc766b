"""The failures of an extraction, as reported to users."""

import errno

from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


def nothing_decoded() -> ExtractionError:
    """Make the error for audio of which nothing could be decoded."""
    return ExtractionError(
        FailureCode.CORRUPT_MEDIA,
        "The audio could not be decoded: the file is damaged. Use another copy of it.",
    )


def incomplete_audio() -> ExtractionError:
    """Make the error for a file that ends before its audio does."""
    return ExtractionError(
        FailureCode.CORRUPT_MEDIA,
        "The video is incomplete: it ends before its audio does. Use another copy of it.",
    )


def unsupported_codec(codec: str) -> ExtractionError:
    """Make the error for audio for which there is no decoder."""
    return ExtractionError(
        FailureCode.UNSUPPORTED_CODEC,
        f"The audio is coded as '{codec}', which is not supported: choose a video with AAC, MP3, AC-3 or Opus audio.",
    )


def protected_audio() -> ExtractionError:
    """Make the error for encrypted audio."""
    return ExtractionError(
        FailureCode.UNSUPPORTED_CODEC,
        "The audio is encrypted (copy protection), so it can't be converted without the key: choose another video.",
    )


def media_lost() -> ExtractionError:
    """Make the error for a video that the store has lost."""
    return ExtractionError(
        FailureCode.MEDIA_LOST,
        "The video was damaged in our storage, for which we are sorry: upload it again.",
    )


def storage_failed(error: OSError) -> ExtractionError:
    """Make the error for a file that could not be written."""
    return out_of_space() if error.errno in _FULL else internal_error()


def out_of_space() -> ExtractionError:
    """Make the error for a full disk."""
    return ExtractionError(
        FailureCode.OUT_OF_SPACE, "There was no space left to convert the video: try again later."
    )


def timed_out(seconds: float) -> ExtractionError:
    """Make the error for an extraction that made no progress for this many seconds."""
    return ExtractionError(
        FailureCode.TIMED_OUT, f"The conversion made no progress for {seconds:g} seconds: try again later."
    )


def used_up_time() -> ExtractionError:
    """Make the error for an extraction that used up its processor time."""
    return ExtractionError(FailureCode.TIMED_OUT, "The conversion took longer than it may: try again later.")


def internal_error() -> ExtractionError:
    """Make the error for all failures not caused by the video; the details go to the log."""
    return ExtractionError(
        FailureCode.INTERNAL_ERROR, "Something went wrong in the converter: try again later."
    )


def too_long(longest: float) -> ExtractionError:
    """Make the error for audio above the limit of `longest` seconds."""
    return ExtractionError(
        FailureCode.TOO_LONG,
        f"The audio is longer than the limit of {longest / 60:g} minutes: cut the video.",
    )


def outside_audio(start: float, duration: float) -> ExtractionError:
    """Make the error for a start (seconds) after the end of the audio."""
    return ExtractionError(
        FailureCode.OUTSIDE_AUDIO,
        f"The audio is {duration:.2f} seconds long, so nothing is left from {start:g} seconds: start earlier.",
    )
