"""Conversions as the API shows them."""

from dataclasses import dataclass
from datetime import datetime

from tracklift_domain.conversion.conversion import Conversion, ConversionState
from tracklift_domain.conversion.options import AudioOptions
from tracklift_domain.conversion.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """The uploaded video: size in bytes, duration in seconds; `null` while not known."""

    name: str
    size: int | None
    sha256: str | None
    duration: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioRecord:
    """The finished MP3: size in bytes, duration in seconds, average bit rate in kbit/s, where to download it."""

    name: str
    size: int
    sha256: str
    duration: float
    bitrate: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorRecord:
    """Why the conversion failed, or why its last attempt did while it is queued again."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsRecord:
    """The options of the conversion; `null` where the choice is left to the source."""

    bitrate: int | None
    quality: int | None
    channels: int | None
    sample_rate: int | None
    start: float
    end: float | None
    track: int
    normalize: bool
    title: str | None
    artist: str | None
    album: str | None

    @classmethod
    def of(cls, options: AudioOptions) -> "OptionsRecord":
        """Show options."""
        return cls(**{name: getattr(options, name) for name in cls.__dataclass_fields__})


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionRecord:
    """One conversion. `progress` goes from 0 to 1; `remaining` is an estimate in seconds while converting."""

    id: str
    state: ConversionState
    progress: float
    remaining: float | None
    attempt: int
    source: SourceRecord
    options: OptionsRecord
    audio: AudioRecord | None
    error: ErrorRecord | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, conversion: Conversion, progress: Progress | None = None) -> "ConversionRecord":
        """Show a conversion, with the progress of one that is converting if it is known."""
        return cls(
            id=conversion.id,
            state=conversion.state,
            progress=_fraction(conversion, progress),
            remaining=progress.remaining if progress else None,
            attempt=conversion.attempt,
            source=SourceRecord(
                name=conversion.source.name,
                size=conversion.source.size,
                sha256=conversion.source.sha256,
                duration=conversion.source.duration,
            ),
            options=OptionsRecord.of(conversion.options),
            audio=_audio(conversion),
            error=_error(conversion),
            created_at=conversion.created_at,
            updated_at=conversion.updated_at,
            expires_at=conversion.expires_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionListRecord:
    """A page of conversions, newest first; send `next_cursor` as `cursor` for the next page."""

    items: list[ConversionRecord]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressRecord:
    """How far a conversion is: the data of an event `progress`."""

    id: str
    progress: float
    remaining: float | None


def _fraction(conversion: Conversion, progress: Progress | None) -> float:
    if conversion.state in {ConversionState.COMPLETED, ConversionState.EXPIRED}:
        return 1.0
    return progress.fraction if progress else 0.0


def _audio(conversion: Conversion) -> AudioRecord | None:
    if conversion.audio is None or conversion.state is not ConversionState.COMPLETED:
        return None
    return AudioRecord(
        name=conversion.audio_name,
        size=conversion.audio.size,
        sha256=conversion.audio.sha256,
        duration=conversion.audio.duration,
        bitrate=conversion.audio.bitrate,
        url=f"/v1/conversions/{conversion.id}/audio",
    )


def _error(conversion: Conversion) -> ErrorRecord | None:
    if conversion.failure is None:
        return None
    return ErrorRecord(code=conversion.failure.code.value, detail=conversion.failure.detail)
