"""The bounds that the operator of Tracklift sets for uploads."""

from dataclasses import dataclass

UPLOADS_PER_HOUR = 120
"""An archive of a hundred episodes at once, and then a new one each half minute, which no converter keeps up with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """What one user may upload."""

    largest_video: int = 4 * 1024**3
    """Bytes."""
    unfinished_per_user: int = 100
    """How many conversions of one user may be uploading, queued or converting at once."""
