"""Conversions as rows of their table, and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from sqlalchemy import Row

from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.lease import Lease
from tracklift_domain.conversion.owner import Owner
from tracklift_domain.conversion.source_video import ResumableUpload, SourceVideo
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.source_track import SourceTrack
from tracklift_domain.user.email_address import EmailAddress

_Record = TypeVar("_Record", AudioOptions, SourceTrack, Damage, Chapter)

_FIRST_OPTIONS = frozenset(
    {
        "bitrate",
        "quality",
        "channels",
        "sample_rate",
        "start",
        "end",
        "normalize",
        "title",
        "artist",
        "album",
    }
)
"""The options that every release keeps in `options`. No name is ever added: newer ones are kept in `further_options`,
since the release before drops from `options` what it does not know when it writes."""


def conversion_to_row(conversion: Conversion) -> dict[str, Any]:
    """Spread a conversion over the columns."""
    lease, audio, failure = conversion.lease, conversion.audio, conversion.failure
    return {
        "id": conversion.id,
        "owner_id": conversion.owner.user_id,
        "owner_email": conversion.owner.email.value,
        "owner_email_verified": conversion.owner.email_verified,
        "state": conversion.state.value,
        "source_name": conversion.source.name,
        "source_size": conversion.source.size,
        "source_sha256": conversion.source.sha256,
        "source_duration": conversion.source.duration,
        "source_track": conversion.source.track,
        "source_tracks": [asdict(track) for track in conversion.source.tracks],
        # The release before knows numbers of tracks only.
        "options": {**asdict(conversion.options), "track": _as_number(conversion.options.track)},
        "further_options": {
            name: value for name, value in asdict(conversion.options).items() if name not in _FIRST_OPTIONS
        },
        "attempt": conversion.attempt,
        "attempt_limit": conversion.attempt_limit,
        "lease_holder": lease and lease.holder,
        "lease_until": lease and lease.until,
        "audio_media_id": audio and audio.media_id,
        "audio_size": audio and audio.size,
        "audio_sha256": audio and audio.sha256,
        "audio_duration": audio and audio.duration,
        "audio_bitrate": audio and audio.bitrate,
        "audio_damage": audio and audio.damage and asdict(audio.damage),
        "audio_chapters": audio and [asdict(chapter) for chapter in audio.chapters],
        "audio_peaks": audio and audio.peaks,
        "failure_code": failure and failure.code.value,
        "failure_detail": failure and failure.detail,
        "idempotency_key": conversion.idempotency_key,
        "revision": conversion.revision,
        "created_at": conversion.created_at,
        "updated_at": conversion.updated_at,
        "expires_at": conversion.expires_at,
        "unconfirmed_since": conversion.unconfirmed_since,
        "outcome_revision": conversion.outcome_revision,
        "source_is_sound_extract": conversion.source.is_sound_extract,
        "upload_length": conversion.upload and conversion.upload.length,
        "upload_note": conversion.upload and conversion.upload.note,
        "uploaded_as": conversion.uploaded_as,
        "source_kept_until": conversion.source_kept_until,
        # Only to search by it.
        "holds_source": conversion.holds_source,
        "reserved_bytes": conversion.reserved_bytes,
    }


def row_to_conversion(row: Row[Any]) -> Conversion:
    """Put a conversion together from a row of all columns."""
    return Conversion(
        id=row.id,
        owner=Owner(
            user_id=row.owner_id,
            email=EmailAddress(row.owner_email),
            # The release before did not ask, and mailed every outcome.
            email_verified=row.owner_email_verified is not False,
        ),
        state=ConversionState(row.state),
        source=SourceVideo(
            name=row.source_name,
            size=row.source_size,
            sha256=row.source_sha256,
            duration=row.source_duration,
            track=row.source_track,
            tracks=tuple(_known(SourceTrack, track) for track in row.source_tracks or ()),
            is_sound_extract=bool(row.source_is_sound_extract),
        ),
        options=_options(row.options, row.further_options or {}),
        attempt=row.attempt,
        attempt_limit=row.attempt_limit,
        lease=None if row.lease_until is None else Lease(row.lease_holder, row.lease_until),
        audio=_audio(row),
        failure=None
        if row.failure_code is None
        else Failure(FailureCode(row.failure_code), row.failure_detail),
        idempotency_key=row.idempotency_key,
        upload=None
        if row.upload_length is None
        else ResumableUpload(length=row.upload_length, note=row.upload_note or ""),
        reserved_bytes=row.reserved_bytes,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
        expires_at=row.expires_at,
        unconfirmed_since=row.unconfirmed_since,
        outcome_revision=row.outcome_revision,
        uploaded_as=row.uploaded_as,
        source_kept_until=row.source_kept_until,
    )


def _audio(row: Row[Any]) -> Audio | None:
    if row.audio_media_id is None:
        return None
    return Audio(
        media_id=row.audio_media_id,
        size=row.audio_size,
        sha256=row.audio_sha256,
        duration=row.audio_duration,
        bitrate=row.audio_bitrate,
        damage=_damage(row.audio_damage),
        chapters=tuple(_known(Chapter, chapter) for chapter in row.audio_chapters or ()),
        peaks=row.audio_peaks or b"",
    )


def _damage(values: Mapping[str, Any] | None) -> Damage | None:
    return None if values is None else _known(Damage, {**values, "at": tuple(values["at"])})


def _options(values: Mapping[str, Any], further: Mapping[str, Any]) -> AudioOptions:
    """Read options. Where the release before wrote a `track` of its own since, that one counts."""
    options = {**values, **further}
    if "track" in values and values["track"] != _as_number(options["track"]):
        options["track"] = values["track"]
    return _known(AudioOptions, options)


def _known(record: type[_Record], values: Mapping[str, Any]) -> _Record:
    """Read a record. Fields that another version knows are ignored; those that it doesn't know take their defaults."""
    names = {field.name for field in fields(record)}
    return record(**{name: value for name, value in values.items() if name in names})


def _as_number(track: int | str | None) -> int:
    return track if isinstance(track, int) else 1
