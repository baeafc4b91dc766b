"""Where in its life a conversion is."""

from enum import StrEnum


class ConversionState(StrEnum):
    """Where in its life a conversion is."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    CONVERTING = "converting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_active(self) -> bool:
        """Whether the conversion is still going to have an outcome."""
        return self in ACTIVE_STATES

    @property
    def is_outcome(self) -> bool:
        """Whether the user is notified of it."""
        return self in {ConversionState.COMPLETED, ConversionState.FAILED}


ACTIVE_STATES = frozenset({ConversionState.UPLOADING, ConversionState.QUEUED, ConversionState.CONVERTING})
