"""Conversions as documents, and back."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any, TypeVar

from tracklift_adapters.mongodb.database import Document
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
from tracklift_runtime.timestamps import from_timestamp, to_timestamp

_Record = TypeVar("_Record", SourceVideo, SourceTrack, AudioOptions, Audio, Damage, Chapter, ResumableUpload)

_SHARED = ("owner", "source", "options")
"""Parts that are there in each document and may hold fields of another version."""
_PASSING = (
    "lease",
    "audio",
    "failure",
    "idempotency_key",
    "upload",
    "reserved_bytes",
    "expires_at",
    "unconfirmed_since",
    "outcome_revision",
    "source_kept_until",
    "holds_source",
)


def conversion_to_document(conversion: Conversion) -> Document:
    """Write a conversion, without its outbox. What is `None` is left out, so that a partial index passes it over."""
    lease, failure = conversion.lease, conversion.failure
    document: Document = {
        "_id": conversion.id,
        "owner": {
            "user_id": conversion.owner.user_id,
            "email": conversion.owner.email.value,
            "email_verified": conversion.owner.email_verified,
        },
        "state": conversion.state.value,
        "source": asdict(conversion.source),
        "options": _options_to_document(conversion.options),
        "attempt": conversion.attempt,
        "attempt_limit": conversion.attempt_limit,
        "lease": lease and {"holder": lease.holder, "until": to_timestamp(lease.until)},
        "audio": conversion.audio and asdict(conversion.audio),
        "failure": failure and {"code": failure.code.value, "detail": failure.detail},
        "idempotency_key": conversion.idempotency_key,
        "upload": conversion.upload and asdict(conversion.upload),
        "reserved_bytes": conversion.reserved_bytes,
        "created_at": to_timestamp(conversion.created_at),
        "updated_at": to_timestamp(conversion.updated_at),
        "expires_at": conversion.expires_at and to_timestamp(conversion.expires_at),
        "unconfirmed_since": conversion.unconfirmed_since and to_timestamp(conversion.unconfirmed_since),
        "outcome_revision": conversion.outcome_revision,
        "uploaded_as": conversion.uploaded_as,
        "source_kept_until": conversion.source_kept_until and to_timestamp(conversion.source_kept_until),
        # Only to search by it, and only where another conversion brought the video.
        "holds_source": True if conversion.uploaded_as and conversion.holds_source else None,
        "revision": conversion.revision,
    }
    return {name: value for name, value in document.items() if value is not None}


def conversion_to_update(conversion: Conversion) -> Document:
    """Write the change that makes a stored document this conversion. What only another version knows of stays in it."""
    document = conversion_to_document(conversion)
    del document["_id"]
    changes = {}
    for name, value in document.items():
        if name in _SHARED:
            changes.update({f"{name}.{field}": part for field, part in value.items()})
        else:
            changes[name] = value
    gone = {name: "" for name in _PASSING if name not in document}
    return {"$set": changes, **({"$unset": gone} if gone else {})}


def document_to_conversion(document: Mapping[str, Any]) -> Conversion:
    """Read a conversion. Fields that only another version knows are ignored."""
    lease, audio = document.get("lease"), document.get("audio")
    failure, expires_at = document.get("failure"), document.get("expires_at")
    since, upload = document.get("unconfirmed_since"), document.get("upload")
    kept_until = document.get("source_kept_until")
    return Conversion(
        id=document["_id"],
        owner=_owner(document["owner"]),
        state=ConversionState(document["state"]),
        source=_source(document["source"]),
        options=_options(document["options"]),
        attempt=document["attempt"],
        attempt_limit=document["attempt_limit"],
        lease=None if lease is None else Lease(lease["holder"], from_timestamp(lease["until"])),
        audio=None if audio is None else _audio(audio),
        failure=None if failure is None else Failure(FailureCode(failure["code"]), failure["detail"]),
        idempotency_key=document.get("idempotency_key"),
        upload=None if upload is None else _known(ResumableUpload, upload),
        reserved_bytes=document.get("reserved_bytes"),
        created_at=from_timestamp(document["created_at"]),
        updated_at=from_timestamp(document["updated_at"]),
        expires_at=None if expires_at is None else from_timestamp(expires_at),
        unconfirmed_since=None if since is None else from_timestamp(since),
        outcome_revision=document.get("outcome_revision"),
        uploaded_as=document.get("uploaded_as"),
        source_kept_until=None if kept_until is None else from_timestamp(kept_until),
        revision=document["revision"],
    )


def _owner(values: Mapping[str, Any]) -> Owner:
    return Owner(
        user_id=values["user_id"],
        email=EmailAddress(values["email"]),
        # The release before did not ask, and mailed every outcome.
        email_verified=values.get("email_verified", True),
    )


def _options_to_document(options: AudioOptions) -> Document:
    # The release before knows numbers only, and fails at anything else.
    return {**asdict(options), "track": _as_number(options.track), "chosen_track": options.track}


def _options(values: Mapping[str, Any]) -> AudioOptions:
    """Read options. Where the release before wrote a `track` of its own since, that one counts."""
    chosen, track = values.get("chosen_track"), values.get("track")
    if "chosen_track" in values and track == _as_number(chosen):
        track = chosen
    return _known(AudioOptions, {**values, "track": track})


def _as_number(track: int | str | None) -> int:
    return track if isinstance(track, int) else 1


def _source(values: Mapping[str, Any]) -> SourceVideo:
    tracks = tuple(_known(SourceTrack, track) for track in values.get("tracks", ()))
    return _known(SourceVideo, {**values, "tracks": tracks})


def _audio(values: Mapping[str, Any]) -> Audio:
    chapters = tuple(_known(Chapter, chapter) for chapter in values.get("chapters", ()))
    damage = values.get("damage")
    if damage is not None:
        damage = _known(Damage, {**damage, "at": tuple(damage["at"])})
    return _known(Audio, {**values, "damage": damage, "chapters": chapters})


def _known(record: type[_Record], values: Mapping[str, Any]) -> _Record:
    names = {field.name for field in fields(record)}
    return record(**{name: value for name, value in values.items() if name in names})
