"""Conversions, users, and what belongs to users, as the contracts need them, each with what matters spelled out."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.lease import Lease
from tracklift_domain.conversion.owner import Owner
from tracklift_domain.conversion.source_video import ResumableUpload, SourceVideo
from tracklift_domain.events import Event
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.source_track import SourceTrack
from tracklift_domain.identifiers import ApiKeyId, ConversionId, EventId, MediaId, SessionId, UserId
from tracklift_domain.user.access.scope import Scope
from tracklift_domain.user.api_key.api_key import ApiKey
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.mailed_link.mailed_token import MailedToken, TokenPurpose
from tracklift_domain.user.second_factor.second_factor import SecondFactor
from tracklift_domain.user.session.session import Session
from tracklift_domain.user.sign_in_provider.external_identity import ExternalIdentity
from tracklift_domain.user.user import User

# Not a round number, so that a store which drops fractions of a second is found out.
NOW = datetime(2026, 2, 3, 4, 5, 6, 789_123, tzinfo=UTC)
SECOND = timedelta(seconds=1)
DAY = timedelta(days=1)

ADA = UserId("a" * 32)
BOB = UserId("b" * 32)


def conversion_id(number: int) -> ConversionId:
    """Make the id of a numbered conversion; ids sort as their numbers do."""
    return ConversionId(f"{number:032x}")


def a_conversion(number: int = 1, *, owner_id: UserId = ADA, **fields: Any) -> Conversion:
    """Make a conversion that waits in the queue; `fields` replaces any of its fields."""
    queued = Conversion(
        id=conversion_id(number),
        owner=Owner(user_id=owner_id, email=EmailAddress("ada@example.org"), email_verified=True),
        state=ConversionState.QUEUED,
        source=SourceVideo(name="talk.mp4"),
        options=AudioOptions(),
        attempt_limit=5,
        created_at=NOW,
        updated_at=NOW,
        expires_at=None,
    )
    return replace(queued, **fields)


def a_full_conversion() -> Conversion:
    """Make a conversion in which every field holds something, text of several scripts among it."""
    return Conversion(
        id=conversion_id(0xF00),
        owner=Owner(user_id=ADA, email=EmailAddress("ada.ünïcode+mail@example.org"), email_verified=False),
        state=ConversionState.CONVERTING,
        source=SourceVideo(
            name="講演 🎤 'n\"%_\\.mp4",
            size=2**40 + 1,
            sha256="0f" * 32,
            duration=0.1 + 0.2,
            track=2,
            tracks=(
                SourceTrack(number=1, language=None, codec=".mp3", channels=1),
                SourceTrack(number=2, language="pt-br", codec="ec-3", channels=6),
            ),
            is_sound_extract=True,
        ),
        options=AudioOptions(
            quality=0,
            channels=1,
            sample_rate=44_100,
            start=1.5,
            end=1 / 3 + 100,
            track="pt-BR",
            keep_delay=True,
            normalize=True,
            title="Żółć 🎵",
            artist="'; DROP TABLE conversions; --",
            album="アルバム",
        ),
        attempt=3,
        attempt_limit=7,
        upload=ResumableUpload(length=2**41 + 1, note="name 8J+OpA==,title " + "x" * 70_000),
        reserved_bytes=2**42 + 1,
        lease=Lease("worker-1:4711", NOW + SECOND),
        audio=Audio(
            media_id=MediaId(f"{conversion_id(0xF00)}.audio.2"),
            size=2**33,
            sha256="ab" * 32,
            duration=3723.000001,
            bitrate=245,
            damage=Damage(seconds=0.1 + 0.2, at=(0.0, 1 / 3, 3000.5), cut_off=0.1),
            chapters=(Chapter(0.0, ""), Chapter(1 / 3, "Żółć 🎵 '; DROP TABLE conversions; --\\")),
            peaks=bytes(range(256)),
        ),
        failure=Failure(
            FailureCode.TIMED_OUT, "Try a shorter video.\nIt took > 1 h – too long. 🙁" + "x" * 3000
        ),
        idempotency_key="Key with spaces, Ünïcode & 🔑",
        created_at=NOW - DAY,
        updated_at=NOW,
        expires_at=NOW + DAY,
        unconfirmed_since=NOW - SECOND,
        outcome_revision=11,
        uploaded_as=conversion_id(0xE00),
        source_kept_until=NOW + 2 * SECOND,
        revision=12,
    )


def next_revision(conversion: Conversion, **fields: Any) -> Conversion:
    """Make the conversion as it is one change later."""
    return replace(conversion, revision=conversion.revision + 1, **fields)


def requested(conversion: Conversion) -> ConversionRequested:
    """Announce that a conversion waits for a worker."""
    return ConversionRequested.of(conversion)


def numbered_events(count: int, *, first: int = 1) -> Sequence[Event]:
    """Make events with growing ids and times."""
    return [
        ConversionRequested(
            id=EventId(f"event.{number}"), time=NOW + number * SECOND, conversion_id=conversion_id(number)
        )
        for number in range(first, first + count)
    ]


def a_user(user_id: UserId = ADA, email: str = "ada@example.org", **fields: Any) -> User:
    """Make a user; `fields` replaces any of its fields."""
    user = User(
        id=user_id,
        email=EmailAddress(email),
        password_hash="$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$aGFzaGhhc2hoYXNo",
        created_at=NOW,
    )
    return replace(user, **fields)


def a_session(number: int = 1, *, user_id: UserId = ADA, **fields: Any) -> Session:
    """Make a session of a user; `fields` replaces any of its fields."""
    session = Session(
        id=SessionId(f"{number:032x}"),
        user_id=user_id,
        token_hash="5e" * 32,
        created_at=NOW,
        expires_at=NOW + DAY,
    )
    return replace(session, **fields)


def a_mailed_token(number: int = 1, *, user_id: UserId = ADA, **fields: Any) -> MailedToken:
    """Make a token to reset a password; `fields` replaces any of its fields."""
    token = MailedToken(
        token_hash=f"{number:032x}" * 2,
        purpose=TokenPurpose.RESET_PASSWORD,
        user_id=user_id,
        email=EmailAddress("ada@example.org"),
        created_at=NOW,
        expires_at=NOW + DAY,
    )
    return replace(token, **fields)


def an_api_key(number: int = 1, *, user_id: UserId = ADA, **fields: Any) -> ApiKey:
    """Make an API key of a user that allows everything and has no end; `fields` replaces any of its fields."""
    key = ApiKey(
        id=ApiKeyId(f"{number:032x}"),
        user_id=user_id,
        name="Recorder",
        scopes=frozenset(Scope),
        key_hash=f"{number:032x}" * 2,
        created_at=NOW,
    )
    return replace(key, **fields)


def a_second_factor(*, user_id: UserId = ADA, **fields: Any) -> SecondFactor:
    """Make a second factor that was not confirmed; `fields` replaces any of its fields."""
    return replace(SecondFactor(user_id=user_id, secret="JBSWY3DPEHPK3PXP" * 2, created_at=NOW), **fields)


def an_external_identity(*, user_id: UserId = ADA, **fields: Any) -> ExternalIdentity:
    """Make the account at a provider with which a user signs in; `fields` replaces any of its fields."""
    identity = ExternalIdentity(
        issuer="https://login.example.org", subject="ada-1", user_id=user_id, created_at=NOW
    )
    return replace(identity, **fields)
