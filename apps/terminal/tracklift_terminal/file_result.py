"""The result of one file."""

from dataclasses import dataclass
from pathlib import Path

from tracklift_domain.extraction.failure import FailureCode
from tracklift_terminal.exit_codes import ExitCode

_OF_THE_VIDEO = frozenset(code.value for code in FailureCode if code.is_final) - {
    # The server lost the video, and accepts it again.
    FailureCode.MEDIA_LOST.value
} | {"too_large", "cancelled"}
"""Codes of failures that the same video would cause again: those of conversions and of refused uploads.
A cancelled conversion is not wanted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileResult:
    """The result of one file."""

    code: ExitCode = ExitCode.OK
    made: Path | None = None
    """The MP3."""
    in_the_way: Path | None = None
    """An existing file in the MP3's place, which kept it from being written."""
    is_final: bool = False
    """Whether the same file with the same options would fail again."""


def is_of_the_video(code: str) -> bool:
    """Tell whether the video itself caused a failure, and not a disk, a server or a limit of the user."""
    return code in _OF_THE_VIDEO
