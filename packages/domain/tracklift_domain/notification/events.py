"""The events that notification publishes for the other services."""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from tracklift_domain.conversion.events import ConversionCompleted, ConversionEvent, ConversionFailed
from tracklift_domain.identifiers import EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeHandled(ConversionEvent):
    """The outcome of a conversion needs no more work, after a mail or the decision to send none."""

    type: ClassVar[str] = "tracklift.conversion.outcome_handled.v1"
    source: ClassVar[str] = "/tracklift/notifications"

    outcome_id: str
    """The id of the event that announced the outcome."""

    @classmethod
    def of(cls, outcome: ConversionCompleted | ConversionFailed, now: datetime) -> Self:
        """Confirm an outcome."""
        return cls(
            id=EventId(f"{outcome.id}.handled"),
            time=now,
            traceparent=outcome.traceparent,
            conversion_id=outcome.conversion_id,
            outcome_id=outcome.id,
        )
