"""Conversions as documents, and back."""

from dataclasses import asdict, fields
from typing import Any

from tracklift_adapters.mongodb.database import Document
from tracklift_adapters.mongodb.moments import to_count, to_moment
from tracklift_domain.conversion.conversion import (
    Audio,
    Conversion,
    ConversionState,
    Lease,
    Owner,
    SourceVideo,
)
from tracklift_domain.conversion.failure import Failure, FailureCode
from tracklift_domain.conversion.options import AudioOptions
from tracklift_domain.user.email_address import EmailAddress

_OPTIONS = frozenset(field.name for field in fields(AudioOptions))


def conversion_to_document(conversion: Conversion) -> Document:
    """Write a conversion, without its outbox. What is `None` is left out, so that a partial index passes it over."""
    lease, failure = conversion.lease, conversion.failure
    document: Document = {
        "_id": conversion.id,
        "owner": {"user_id": conversion.owner.user_id, "email": conversion.owner.email.value},
        "state": conversion.state.value,
        "source": asdict(conversion.source),
        "options": asdict(conversion.options),
        "attempt": conversion.attempt,
        "attempt_limit": conversion.attempt_limit,
        "lease": lease and {"holder": lease.holder, "until": to_count(lease.until)},
        "audio": conversion.audio and asdict(conversion.audio),
        "failure": failure and {"code": failure.code.value, "detail": failure.detail},
        "idempotency_key": conversion.idempotency_key,
        "created_at": to_count(conversion.created_at),
        "updated_at": to_count(conversion.updated_at),
        "expires_at": conversion.expires_at and to_count(conversion.expires_at),
        "revision": conversion.revision,
    }
    return {name: value for name, value in document.items() if value is not None}


def document_to_conversion(document: Document) -> Conversion:
    """Read a conversion. Fields that another version knows are passed over."""
    lease, audio = document.get("lease"), document.get("audio")
    failure, expires_at = document.get("failure"), document.get("expires_at")
    return Conversion(
        id=document["_id"],
        owner=Owner(user_id=document["owner"]["user_id"], email=EmailAddress(document["owner"]["email"])),
        state=ConversionState(document["state"]),
        source=SourceVideo(**document["source"]),
        options=AudioOptions(**_known_options(document["options"])),
        attempt=document["attempt"],
        attempt_limit=document["attempt_limit"],
        lease=None if lease is None else Lease(lease["holder"], to_moment(lease["until"])),
        audio=None if audio is None else Audio(**audio),
        failure=None if failure is None else Failure(FailureCode(failure["code"]), failure["detail"]),
        idempotency_key=document.get("idempotency_key"),
        created_at=to_moment(document["created_at"]),
        updated_at=to_moment(document["updated_at"]),
        expires_at=None if expires_at is None else to_moment(expires_at),
        revision=document["revision"],
    )


def _known_options(options: Document) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name in _OPTIONS}
