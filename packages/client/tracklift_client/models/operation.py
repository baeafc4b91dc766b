"""What operators see."""

from datetime import datetime

from msgspec import Struct

from tracklift_client.models.conversions import State


class ConversionSummary(Struct, frozen=True, kw_only=True):
    """A conversion of any user, without its contents. Sizes in bytes, durations in seconds."""

    id: str
    user_id: str
    state: State
    attempt: int
    video_size: int | None
    audio_size: int | None
    audio_duration: float | None
    error: str | None
    """The code with which it failed."""
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None


class ConversionSummaryPage(Struct, frozen=True, kw_only=True):
    """Some conversions; `next_cursor` asks for the next page."""

    items: list[ConversionSummary]
    next_cursor: str | None


class StateCount(Struct, frozen=True, kw_only=True):
    """How many conversions are in a state, and when that one was last updated whose last update is longest ago."""

    state: State
    count: int
    oldest_update: datetime | None


class StateCounts(Struct, frozen=True, kw_only=True):
    """The counts of all states. Where one is `most_counted`, there may be more."""

    states: list[StateCount]
    most_counted: int


class DeadLetter(Struct, frozen=True, kw_only=True):
    """An event that could not be handled. `type` and `subject` are `None` where it can't be read."""

    id: str
    queue: str
    type: str | None
    subject: str | None
    reason: str
    died_at: datetime


class DeadLetterList(Struct, frozen=True, kw_only=True):
    """The oldest of them, queue by queue."""

    items: list[DeadLetter]
