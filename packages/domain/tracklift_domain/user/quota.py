"""How much one user may use, where that differs from what all may."""

from dataclasses import dataclass, fields

from tracklift_domain.user.errors import InvalidQuotaError

LARGEST_QUOTA = 2**63 - 1
"""What every storage can keep; as a limit, it is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserQuota:
    """The limits that an admin has set for a user. `None`: the user has the limit that the settings give to all.

    Raises:
        InvalidQuotaError: one is below 0 or above `LARGEST_QUOTA`.
    """

    stored_bytes: int | None = None
    """Bytes of all videos and MP3s that are stored at a time."""
    audio_minutes: int | None = None
    """Minutes of audio that are made in a calendar month."""
    conversions_in_flight: int | None = None
    """Conversions that are uploading, queued or converting at a time."""
    upload_bytes: int | None = None
    """Bytes of one video."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if value is not None and not 0 <= value <= LARGEST_QUOTA:
                raise InvalidQuotaError(field.name, LARGEST_QUOTA)


NO_QUOTA = UserQuota()
"""No limits of the user's own: those of the settings apply."""
