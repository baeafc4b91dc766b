"""How far the limits of a user are used, as the API shows it."""

from dataclasses import dataclass
from datetime import datetime

from tracklift_domain.upload.quota import QuotaUse, QuotaUses


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotaResponse:
    """One limit in bytes, minutes or conversions, `null` where there is none.

    `until`: when less will be used by itself, where that is known.
    """

    used: int
    limit: int | None
    until: datetime | None = None

    @classmethod
    def of(cls, use: QuotaUse) -> "QuotaResponse":
        """Show how far a limit is used."""
        return cls(used=use.used, limit=use.limit, until=use.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotasResponse:
    """All limits: bytes of videos and MP3s, minutes of audio in the calendar month (UTC), unfinished conversions.

    `upload_bytes` is the size of one video at the most.
    """

    stored_bytes: QuotaResponse
    audio_minutes: QuotaResponse
    conversions_in_flight: QuotaResponse
    upload_bytes: int

    @classmethod
    def of(cls, uses: QuotaUses) -> "QuotasResponse":
        """Show how far the limits of a user are used."""
        return cls(
            stored_bytes=QuotaResponse.of(uses.stored_bytes),
            audio_minutes=QuotaResponse.of(uses.audio_minutes),
            conversions_in_flight=QuotaResponse.of(uses.conversions_in_flight),
            upload_bytes=uses.largest_upload,
        )
