"""Updates for users who watch their conversions."""

from dataclasses import dataclass, replace

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId, UserId


@dataclass(frozen=True, slots=True)
class Arrival:
    """How much of a video has arrived. Both in bytes; `length` is `None` if the client has not declared it."""

    received: int
    length: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionUpdate:
    """An update of a conversion: a new state, bytes that arrived, progress, or its deletion."""

    conversion_id: ConversionId
    owner_id: UserId
    state: ConversionState
    progress: Progress | None = None
    arrival: Arrival | None = None
    is_deleted: bool = False
    """Whether its record is gone; `state` is the last one."""

    @classmethod
    def of(
        cls, conversion: Conversion, progress: Progress | None = None, *, arrival: Arrival | None = None
    ) -> "ConversionUpdate":
        """Make the update for a conversion as it is now."""
        return cls(
            conversion_id=conversion.id,
            owner_id=conversion.owner.user_id,
            state=conversion.state,
            progress=progress,
            arrival=arrival,
        )

    @classmethod
    def of_deleted(cls, removed: Conversion) -> "ConversionUpdate":
        """Make the update for a deleted conversion."""
        return replace(cls.of(removed), is_deleted=True)
