"""Conversions as the server shows them."""

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from tracklift_client.models.options import Options


class State(StrEnum):
    """How far a conversion is."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    CONVERTING = "converting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_active(self) -> bool:
        """Whether it will go on by itself."""
        return self in {State.UPLOADING, State.QUEUED, State.CONVERTING}


class MailNote(StrEnum):
    """Whether the user is told of the outcome by mail."""

    EXPECTED = "expected"
    UNVERIFIED_ADDRESS = "unverified_address"


class Sent(StrEnum):
    """What was uploaded of the video; size and SHA-256 of the source are those of what was."""

    SOUND = "sound"
    WHOLE = "whole"


class UnfinishedUpload(Struct, frozen=True, kw_only=True):
    """A resumable upload that is not complete: bytes that it will have, and where to send them."""

    length: int
    url: str


class Track(Struct, frozen=True, kw_only=True):
    """One audio track of the video; its number from 1."""

    number: int
    language: str | None
    codec: str
    channels: int


class Source(Struct, frozen=True, kw_only=True):
    """The uploaded video: size in bytes, duration in seconds; `None` while not known."""

    name: str
    size: int | None
    sha256: str | None
    duration: float | None
    track: int | None
    tracks: list[Track]
    sent: Sent
    kept_until: datetime | None
    """Until when the video of an ended conversion can be converted again."""


class Damage(Struct, frozen=True, kw_only=True):
    """Sound that is missing: how many seconds, and at which seconds of the MP3."""

    seconds: float
    at: list[float]
    cut_off: float | None


class Chapter(Struct, frozen=True, kw_only=True):
    """A chapter of the MP3: its start in seconds."""

    start: float
    title: str


class Audio(Struct, frozen=True, kw_only=True):
    """The MP3: size in bytes, duration in seconds, average bit rate in kbit/s. Lists show no chapters."""

    name: str
    size: int
    sha256: str
    duration: float
    bitrate: int
    damage: Damage | None
    chapters: list[Chapter] | None
    url: str


class Failure(Struct, frozen=True, kw_only=True):
    """Why a conversion failed."""

    code: str
    detail: str


class Conversion(Struct, frozen=True, kw_only=True):
    """One conversion: `progress` from 0 to 1, `remaining` an estimate in seconds."""

    id: str
    state: State
    progress: float
    remaining: float | None
    attempt: int
    source: Source
    upload: UnfinishedUpload | None
    options: Options
    audio: Audio | None
    error: Failure | None
    mail: MailNote | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None


class ConversionPage(Struct, frozen=True, kw_only=True):
    """Some conversions, newest first; `next_cursor` asks for the next page."""

    items: list[Conversion]
    next_cursor: str | None


class Uploading(Struct, frozen=True, kw_only=True):
    """How many bytes of an upload have come in; `length` is `None` where the sender has not said it."""

    id: str
    received: int
    length: int | None


class Deleted(Struct, frozen=True, kw_only=True):
    """Says that a conversion is gone, as it or its upload was deleted."""

    id: str
    deleted: bool = True


class Progress(Struct, frozen=True, kw_only=True):
    """How far a conversion is: from 0 to 1, and an estimate in seconds."""

    id: str
    progress: float
    remaining: float | None
