"""What every event has in common."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from tracklift_domain.identifiers import EventId


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(ABC):
    """Something that happened and that another service acts on.

    The attributes are those of CloudEvents 1.0. A subclass adds its data as fields of plain types: `str`,
    `int`, `float`, `bool`, or an optional one of these. A field may be added to a subclass with a
    default; anything else needs a new version in `type`.
    """

    type: ClassVar[str]
    source: ClassVar[str]
    subject_name: ClassVar[str]
    """The name of the subject in the log, such as `conversion_id`."""

    id: EventId
    time: datetime
    traceparent: str | None = None
    """The W3C trace context of the request that caused the event."""

    @property
    @abstractmethod
    def subject(self) -> str:
        """The identifier of what the event is about."""
