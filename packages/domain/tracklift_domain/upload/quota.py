"""The limits that apply to each user, and how much of each is used."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class QuotaName(StrEnum):
    """What is limited for each user. The names are those of the fields of `UserQuota`."""

    STORED_BYTES = "stored_bytes"
    AUDIO_MINUTES = "audio_minutes"
    CONVERSIONS_IN_FLIGHT = "conversions_in_flight"
    UPLOAD_BYTES = "upload_bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUse:
    """How much of one limit is used, in bytes, whole minutes or conversions."""

    limit: int | None
    """`None`: no limit."""
    used: int
    until: datetime | None = None
    """When usage will next drop without the user doing anything; `None` if that is not known or up to the user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaUses:
    """How much of each of a user's limits is used."""

    stored_bytes: QuotaUse
    audio_minutes: QuotaUse
    """In the current calendar month, in UTC."""
    conversions_in_flight: QuotaUse
    largest_upload: int
    """Bytes."""
