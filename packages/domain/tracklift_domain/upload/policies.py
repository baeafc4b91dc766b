"""The limits that the operator of Tracklift sets for uploads."""

from dataclasses import dataclass, replace

from tracklift_domain.user.quota import UserQuota

UPLOADS_PER_HOUR = 120
"""Enough for an archive of a hundred episodes at once and then one every half minute, faster than a converter works."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLimits:
    """What one user may upload."""

    largest_video: int = 4 * 1024**3
    """Bytes."""
    unfinished_per_user: int = 100
    """How many conversions of one user may be uploading, queued or converting at the same time."""
    stored_per_user: int | None = None
    """Bytes that one user's videos and MP3s may take together; `None`: no limit."""
    minutes_per_month: int | None = None
    """Minutes of audio that may be made for one user in a calendar month; `None`: no limit."""

    def for_user(self, quota: UserQuota) -> "UploadLimits":
        """Return these limits with the ones that an admin has set for a user in their place."""
        own = {
            "largest_video": quota.upload_bytes,
            "unfinished_per_user": quota.conversions_in_flight,
            "stored_per_user": quota.stored_bytes,
            "minutes_per_month": quota.audio_minutes,
        }
        return replace(self, **{name: limit for name, limit in own.items() if limit is not None})
