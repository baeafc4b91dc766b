"""What happens to conversions that other services act on.

The id of an event consists of the conversion's id and revision. A revision is stored once, so a repeated publication
has the same id, by which consumers recognize it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Self

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.events import Event
from tracklift_domain.identifiers import ConversionId, EventId, UserId

_SOURCE = "/tracklift/conversions"


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionEvent(Event):
    """An event about one conversion."""

    source: ClassVar[str] = _SOURCE
    subject_name: ClassVar[str] = "conversion_id"

    conversion_id: ConversionId

    @property
    def subject(self) -> str:
        """The conversion's id."""
        return self.conversion_id


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRequested(ConversionEvent):
    """A conversion waits for a worker."""

    type: ClassVar[str] = "tracklift.conversion.requested.v1"

    @classmethod
    def of(cls, conversion: Conversion) -> Self:
        """Announce a queued conversion."""
        return cls(id=_event_id(conversion), time=conversion.updated_at, conversion_id=conversion.id)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionCompleted(ConversionEvent):
    """The MP3 of a conversion can be downloaded."""

    type: ClassVar[str] = "tracklift.conversion.completed.v1"

    owner_id: UserId
    email: str
    video_name: str
    audio_name: str
    audio_size: int
    """Bytes."""
    audio_duration: float
    """Seconds."""
    available_until: str
    """When the MP3 expires, RFC 3339."""
    audio_damage: float = 0.0
    """Seconds of the sound that could not be decoded and are silent."""
    audio_cut_off: float | None = None
    """Seconds of the sound that are missing at the end, since the recording broke off. 0.0: an unknown number;
    `None`: it did not break off."""
    email_verified: bool = True
    """Whether the outcome may be mailed. Releases without this field mailed every outcome."""

    @classmethod
    def of(cls, conversion: Conversion) -> Self:
        """Announce a completed conversion."""
        if conversion.audio is None or conversion.expires_at is None:
            raise ValueError(f"conversion {conversion.id} is {conversion.state}, not completed")
        damage = conversion.audio.damage
        return cls(
            id=_outcome_id(conversion),
            time=conversion.updated_at,
            conversion_id=conversion.id,
            owner_id=conversion.owner.user_id,
            email=conversion.owner.email.value,
            email_verified=conversion.owner.email_verified,
            video_name=conversion.source.name,
            audio_name=conversion.audio_name,
            audio_size=conversion.audio.size,
            audio_duration=conversion.audio.duration,
            available_until=_rfc3339(conversion.expires_at),
            audio_damage=damage.silent if damage else 0.0,
            audio_cut_off=damage.cut_off if damage else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionFailed(ConversionEvent):
    """A conversion failed permanently."""

    type: ClassVar[str] = "tracklift.conversion.failed.v1"

    owner_id: UserId
    email: str
    video_name: str
    code: str
    """A `FailureCode`."""
    detail: str
    email_verified: bool = True
    """As for a completed conversion."""

    @classmethod
    def of(cls, conversion: Conversion) -> Self:
        """Announce a failed conversion."""
        if conversion.failure is None:
            raise ValueError(f"conversion {conversion.id} is {conversion.state}, not failed")
        return cls(
            id=_outcome_id(conversion),
            time=conversion.updated_at,
            conversion_id=conversion.id,
            owner_id=conversion.owner.user_id,
            email=conversion.owner.email.value,
            email_verified=conversion.owner.email_verified,
            video_name=conversion.source.name,
            code=conversion.failure.code.value,
            detail=conversion.failure.detail,
        )


def outcome_of(conversion: Conversion) -> ConversionCompleted | ConversionFailed:
    """Announce the outcome of a conversion that completed or failed."""
    if conversion.state is ConversionState.COMPLETED:
        return ConversionCompleted.of(conversion)
    return ConversionFailed.of(conversion)


def _event_id(conversion: Conversion) -> EventId:
    return EventId(f"{conversion.id}.{conversion.revision}")


def _outcome_id(conversion: Conversion) -> EventId:
    return EventId(f"{conversion.id}.{conversion.outcome_revision or conversion.revision}")


def _rfc3339(time: datetime) -> str:
    return time.isoformat(timespec="seconds").replace("+00:00", "Z")
