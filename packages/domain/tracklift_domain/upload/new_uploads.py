"""The record with which each upload begins, whichever way its bytes come."""

from datetime import datetime, timedelta

from tracklift_domain.conversion.conversion import (
    Conversion,
    ConversionState,
    Owner,
    SourceVideo,
)
from tracklift_domain.conversion.policies import AttemptPolicy
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.user import Caller


def new_upload(
    caller: Caller,
    conversion_id: ConversionId,
    source: SourceVideo,
    *,
    now: datetime,
    lasts: timedelta,
    attempts: AttemptPolicy,
    idempotency_key: str | None,
) -> Conversion:
    """Make the record of an upload that begins."""
    return Conversion(
        id=conversion_id,
        owner=Owner(user_id=caller.user_id, email=caller.email, email_verified=caller.email_verified),
        state=ConversionState.UPLOADING,
        source=source,
        options=AudioOptions(),
        attempt_limit=attempts.attempts,
        created_at=now,
        updated_at=now,
        expires_at=now + lasts,
        idempotency_key=idempotency_key,
    )
