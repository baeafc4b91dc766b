"""Why a conversion failed."""

from dataclasses import dataclass
from enum import StrEnum


class FailureCode(StrEnum):
    """A reason that a user can act on."""

    NOT_A_VIDEO = "not_a_video"
    NO_AUDIO_TRACK = "no_audio_track"
    CORRUPT_MEDIA = "corrupt_media"
    TOO_LONG = "too_long"
    UNSUPPORTED_CODEC = "unsupported_codec"
    OUTSIDE_AUDIO = "outside_audio"
    """The requested part is outside the audio."""
    MEDIA_LOST = "media_lost"
    """The media store has lost the video, or a part of it."""
    TIMED_OUT = "timed_out"
    OUT_OF_SPACE = "out_of_space"
    INTERNAL_ERROR = "internal_error"

    @property
    def is_final(self) -> bool:
        """Whether the same video with the same options would fail again, so that a retry is pointless."""
        return self not in _PASSING

    @property
    def holds_others_up(self) -> bool:
        """Whether each failed attempt occupies a worker for a long time, so that only one more is made, and later."""
        return self is FailureCode.TIMED_OUT


_PASSING = frozenset({FailureCode.TIMED_OUT, FailureCode.OUT_OF_SPACE, FailureCode.INTERNAL_ERROR})


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a conversion failed: a code for programs and one sentence for the user that says what to do."""

    code: FailureCode
    detail: str
