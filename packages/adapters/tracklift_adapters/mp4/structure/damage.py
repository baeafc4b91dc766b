"""The errors of an inspection."""

from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.failure import FailureCode


def damaged(what: str) -> ExtractionError:
    """Make the error for an index that contradicts itself; `what` is a clause that says how."""
    return ExtractionError(
        FailureCode.CORRUPT_MEDIA, f"The video's index is damaged: {what}. Use another copy of it."
    )


def incomplete(what: str) -> ExtractionError:
    """Make the error for a file that lacks parts; `what` is a clause that says which."""
    return ExtractionError(
        FailureCode.CORRUPT_MEDIA, f"The video is incomplete: {what}. Use another copy of it."
    )


def initialisation_segment() -> ExtractionError:
    """Make the error for the head of a stream without any of its media."""
    return ExtractionError(
        FailureCode.CORRUPT_MEDIA,
        "This is an initialisation segment: it holds the description of a stream and no sound. Choose the whole video.",
    )


def media_segment() -> ExtractionError:
    """Make the error for a part of a stream without its head."""
    return ExtractionError(
        FailureCode.CORRUPT_MEDIA,
        "This is a media segment: it holds a part of a stream without its description. Choose the whole video.",
    )


def not_a_video(what: str) -> ExtractionError:
    """Make the error for something else; `what` is a clause that says what it is."""
    return ExtractionError(FailureCode.NOT_A_VIDEO, f"{what}: choose an MP4 video.")
