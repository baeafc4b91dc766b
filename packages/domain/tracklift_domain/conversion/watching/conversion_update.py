"""What users who watch their conversions are told."""

from dataclasses import dataclass, replace

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.extraction.progress import Progress
from tracklift_domain.identifiers import ConversionId, UserId


@dataclass(frozen=True, slots=True)
class Arrival:
    """How much of a video has come in. Both in bytes; `length` is `None` where the client has not said it."""

    received: int
    length: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionUpdate:
    """What a user who watches a conversion is told: a new state, bytes that came in, progress, or its deletion."""

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
        """Tell of a conversion as it is now."""
        return cls(
            conversion_id=conversion.id,
            owner_id=conversion.owner.user_id,
            state=conversion.state,
            progress=progress,
            arrival=arrival,
        )

    @classmethod
    def of_deleted(cls, removed: Conversion) -> "ConversionUpdate":
        """Tell that the record of a conversion is gone."""
        return replace(cls.of(removed), is_deleted=True)
