"""Conversions in every state and the people around them, as the tests of the domain need them."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.contracts.examples import ADA, BOB, NOW, a_conversion
from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress

KEEP = timedelta(days=7)
LEASE = timedelta(seconds=30)
PASSING = Failure(FailureCode.TIMED_OUT, "It took too long.")
FINAL = Failure(FailureCode.NO_AUDIO_TRACK, "The video has no audio track: choose one with sound.")

ADA_CALLS = Caller(user_id=ADA, email=EmailAddress("ada@example.org"), email_verified=True)
BOB_CALLS = Caller(user_id=BOB, email=EmailAddress("bob@example.org"), email_verified=True)


def an_audio(conversion: Conversion, attempt: int = 1, **fields: Any) -> Audio:
    """Make what an attempt leaves behind; `fields` replaces any of its fields."""
    audio = Audio(
        media_id=conversion.audio_media_id(attempt), size=4_321, sha256="ab" * 32, duration=2.5, bitrate=192
    )
    return replace(audio, **fields)


def uploading(number: int = 1, **fields: Any) -> Conversion:
    """Make a conversion whose video is on its way in."""
    return a_conversion(
        number,
        **{"state": ConversionState.UPLOADING, "expires_at": NOW + timedelta(minutes=4), **fields},
    )


def queued(number: int = 1, **fields: Any) -> Conversion:
    """Make a conversion that waits for a worker."""
    return uploading(number, **fields).queue(NOW, size=1_000, sha256="5e" * 32, options=AudioOptions())


def converting(number: int = 1, **fields: Any) -> Conversion:
    """Make a conversion that a worker holds, in its first attempt."""
    return queued(number, **fields).claim(NOW, holder="worker", lease_for=LEASE)


def completed(number: int = 1, **fields: Any) -> Conversion:
    """Make a conversion whose MP3 can be downloaded."""
    held = converting(number, **fields)
    return held.complete(NOW, attempt=1, audio=an_audio(held), source_duration=2.5, keep_for=KEEP)


def failed(number: int = 1, *, failure: Failure = PASSING, **fields: Any) -> Conversion:
    """Make a conversion that failed in its last attempt."""
    held = converting(number, **{"attempt_limit": 1, **fields})
    return held.fail(NOW, attempt=1, failure=failure, keep_for=KEEP)


def cancelled(number: int = 1, **fields: Any) -> Conversion:
    """Make a conversion that its owner stopped in the queue."""
    return queued(number, **fields).cancel(NOW, keep_for=KEEP)


def expired(number: int = 1, **fields: Any) -> Conversion:
    """Make a conversion whose MP3 is gone."""
    return completed(number, **fields).expire(NOW, keep_for=KEEP)


IN_STATE: dict[ConversionState, Callable[..., Conversion]] = {
    ConversionState.UPLOADING: uploading,
    ConversionState.QUEUED: queued,
    ConversionState.CONVERTING: converting,
    ConversionState.COMPLETED: completed,
    ConversionState.FAILED: failed,
    ConversionState.CANCELLED: cancelled,
    ConversionState.EXPIRED: expired,
}
"""How to make a conversion of each state."""
