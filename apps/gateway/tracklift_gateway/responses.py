"""Conversions as the API shows them."""

from dataclasses import asdict, dataclass, make_dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, get_type_hints

from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackResponse:
    """One audio track of the video: its number from 1, and its language, codec and channels as the file states them.

    The codec is a four-character code such as `mp4a`, or `.mp3`.
    """

    number: int
    language: str | None
    codec: str
    channels: int


class Sent(StrEnum):
    """What was sent of a video."""

    WHOLE = "whole"
    SOUND = "sound"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceResponse:
    """The uploaded video: size in bytes, duration in seconds; `null` while not known.

    `sent` is `sound` if the client declared that it sent only the sound of the video; size and SHA-256 are
    then those of the sound. `track` is the number of the audio track that the MP3 is made from; `tracks`
    lists all tracks, up to 100, and is empty until the video has been converted. `kept_until` is the time
    until which the video of an ended conversion can be converted again without an upload; `null`: the
    conversion has not ended, or the video is deleted.
    """

    name: str
    size: int | None
    sha256: str | None
    duration: float | None
    track: int | None
    tracks: list[TrackResponse]
    sent: Sent
    kept_until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageResponse:
    """Missing sound: how many seconds, and up to 100 positions in the MP3, in seconds.

    The sound could not be decoded and is silent in the MP3, or the recording broke off, so that its end is
    missing. `cut_off` is the number of seconds that are missing at the end: 0 if it is not known, `null` if
    nothing is missing there.
    """

    seconds: float
    at: list[float]
    cut_off: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChapterResponse:
    """A chapter of the MP3, which lasts until the next one begins; `start` is in seconds."""

    start: float
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioResponse:
    """The finished MP3: size in bytes, duration in seconds, average bit rate in kbit/s, and the URL of the download.

    `damage` is `null` if no sound is missing. `chapters` is `null` in lists; a request for the conversion
    gives them.
    """

    name: str
    size: int
    sha256: str
    duration: float
    bitrate: int
    damage: DamageResponse | None
    chapters: list[ChapterResponse] | None
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadResponse:
    """A resumable upload: its total number of bytes, and the URL to send them to with tus 1.0."""

    length: int
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorResponse:
    """Why the conversion failed or, while it is queued again, why its last attempt failed."""

    code: str
    detail: str


# Each option is a field without a default, so that the OpenAPI document marks each as required in responses.
_Fields: Any = make_dataclass(
    "_Fields",
    list(get_type_hints(AudioOptions).items()),
    frozen=True,
    slots=True,
    kw_only=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionsResponse(_Fields):  # type: ignore[misc]  # its fields are known at run time only
    """The options of the conversion; `null` if the source decides.

    `track` is a number from 1 or a language.
    """

    @classmethod
    def of(cls, options: AudioOptions) -> "OptionsResponse":
        """Show options."""
        return cls(**asdict(options))


class MailNote(StrEnum):
    """Whether the outcome is mailed to the user."""

    EXPECTED = "expected"
    """The mail is sent, or will be once the conversion has ended."""
    UNVERIFIED_ADDRESS = "unverified_address"
    """No mail is sent: the address is not verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionResponse:
    """One conversion. `progress` goes from 0 to 1; `remaining` is an estimate in seconds while converting.

    `mail` says whether the outcome is mailed: with `expected` it is, with `unverified_address` it is not.
    This is settled when the conversion ends, so an address that is verified after the upload counts. `null`:
    the conversion is cancelled, which is not mailed. `upload` is `null` except during a resumable upload.
    """

    id: str
    state: ConversionState
    progress: float
    remaining: float | None
    attempt: int
    source: SourceResponse
    upload: UploadResponse | None
    options: OptionsResponse
    audio: AudioResponse | None
    error: ErrorResponse | None
    mail: MailNote | None
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None

    @classmethod
    def of(cls, conversion: Conversion, progress: Progress | None = None) -> "ConversionResponse":
        """Show a conversion, with its progress if it is converting and the progress is known."""
        return cls(
            id=conversion.id,
            state=conversion.state,
            progress=_fraction(conversion, progress),
            remaining=progress.remaining if progress else None,
            attempt=conversion.attempt,
            source=SourceResponse(
                name=conversion.source.name,
                size=conversion.source.size,
                sha256=conversion.source.sha256,
                duration=conversion.source.duration,
                track=conversion.source.track,
                tracks=[
                    TrackResponse(
                        number=track.number,
                        language=track.language,
                        codec=track.codec,
                        channels=track.channels,
                    )
                    for track in conversion.source.tracks
                ],
                sent=Sent.SOUND if conversion.source.is_sound_extract else Sent.WHOLE,
                kept_until=conversion.source_available_until,
            ),
            upload=_upload(conversion),
            options=OptionsResponse.of(conversion.options),
            audio=_audio(conversion),
            error=_error(conversion),
            mail=_mail(conversion),
            created_at=conversion.created_at,
            updated_at=conversion.updated_at,
            expires_at=conversion.expires_at,
        )

    @classmethod
    def in_list(cls, conversion: Conversion, progress: Progress | None) -> "ConversionResponse":
        """Show a conversion in a list, without its chapters, which may be long."""
        shown = cls.of(conversion, progress)
        return replace(shown, audio=shown.audio and replace(shown.audio, chapters=None))


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversionListResponse:
    """A page of conversions, newest first; send `next_cursor` as `cursor` for the next page."""

    items: list[ConversionResponse]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArrivalResponse:
    """How many bytes of a video were received, and the total if it is known: the data of an event `uploading`."""

    id: str
    received: int
    length: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgressResponse:
    """The progress of a conversion: the data of an event `progress`."""

    id: str
    progress: float
    remaining: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeletedResponse:
    """A conversion that was deleted, or whose upload was: the data of an event `deleted`."""

    id: str


def _fraction(conversion: Conversion, progress: Progress | None) -> float:
    if conversion.state in {ConversionState.COMPLETED, ConversionState.EXPIRED}:
        return 1.0
    return progress.fraction if progress else 0.0


def _upload(conversion: Conversion) -> UploadResponse | None:
    if conversion.upload is None:
        return None
    return UploadResponse(length=conversion.upload.length, url=f"/v1/uploads/{conversion.id}")


def _audio(conversion: Conversion) -> AudioResponse | None:
    if conversion.audio is None or conversion.state is not ConversionState.COMPLETED:
        return None
    return AudioResponse(
        name=conversion.audio_name,
        size=conversion.audio.size,
        sha256=conversion.audio.sha256,
        duration=conversion.audio.duration,
        bitrate=conversion.audio.bitrate,
        damage=_damage(conversion.audio),
        chapters=[
            ChapterResponse(start=chapter.start, title=chapter.title) for chapter in conversion.audio.chapters
        ],
        url=f"/v1/conversions/{conversion.id}/audio",
    )


def _damage(audio: Audio) -> DamageResponse | None:
    if audio.damage is None:
        return None
    return DamageResponse(
        seconds=audio.damage.seconds, at=list(audio.damage.at), cut_off=audio.damage.cut_off
    )


def _mail(conversion: Conversion) -> MailNote | None:
    if conversion.state is ConversionState.CANCELLED:
        return None
    return MailNote.EXPECTED if conversion.owner.email_verified else MailNote.UNVERIFIED_ADDRESS


def _error(conversion: Conversion) -> ErrorResponse | None:
    if conversion.failure is None:
        return None
    return ErrorResponse(code=conversion.failure.code.value, detail=conversion.failure.detail)
