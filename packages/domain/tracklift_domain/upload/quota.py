"""What of a user's doings is limited, and how far each limit is used."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class QuotaName(StrEnum):
    """What is limited for each user. Named as the fields of `UserQuota`."""

    STORED_BYTES = "stored_bytes"
    AUDIO_MINUTES = "audio_minutes"
    CONVERSIONS_IN_FLIGHT = "conversions_in_flight"
    UPLOAD_BYTES = "upload_bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUse:
    """How far one limit is used, in bytes, whole minutes or conversions."""

    limit: int | None
    """`None`: there is none."""
    used: int
    until: datetime | None = None
    """When less will be used by itself; `None`: that is not known, or depends on the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUses:
    """How far a user's limits are used."""

    stored_bytes: QuotaUse
    audio_minutes: QuotaUse
    """In the calendar month, by UTC."""
    conversions_in_flight: QuotaUse
    largest_upload: int
    """Bytes."""
