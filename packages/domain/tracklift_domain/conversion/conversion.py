"""A conversion and its life.

    uploading -> queued -> converting -> completed -> expired
        |          |           |-> failed -(retry)-> queued
        +----------+-----------+-> cancelled

A conversion goes back from `converting` to `queued` when an attempt fails for a passing reason or when a worker
gives it back.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from tracklift_domain.conversion.errors import (
    AttemptsExhaustedError,
    ClaimLostError,
    InvalidTransitionError,
    LeaseHeldError,
    NotRetryableError,
)
from tracklift_domain.conversion.file_name import audio_file_name
from tracklift_domain.extraction.chapters import Chapter
from tracklift_domain.extraction.damage import Damage
from tracklift_domain.extraction.failure import Failure
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.source_track import SourceTrack
from tracklift_domain.identifiers import ConversionId, MediaId, UserId
from tracklift_domain.user.email_address import EmailAddress


class ConversionState(StrEnum):
    """Where in its life a conversion is."""

    UPLOADING = "uploading"
    QUEUED = "queued"
    CONVERTING = "converting"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"

    @property
    def is_active(self) -> bool:
        """Whether the conversion still has its outcome before it."""
        return self in ACTIVE_STATES

    @property
    def is_outcome(self) -> bool:
        """Whether the user is to be told of it."""
        return self in {ConversionState.COMPLETED, ConversionState.FAILED}


ACTIVE_STATES = frozenset({ConversionState.UPLOADING, ConversionState.QUEUED, ConversionState.CONVERTING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """The user who uploaded the video, and where the mail goes: kept here so that no worker asks for the user."""

    user_id: UserId
    email: EmailAddress
    email_verified: bool
    """Whether it is proved that the user gets the address's mail; without that, the outcome is not mailed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceVideo:
    """What is known of the uploaded video. Size in bytes, SHA-256 in hexadecimal digits, duration in seconds."""

    name: str
    size: int | None = None
    sha256: str | None = None
    duration: float | None = None
    track: int | None = None
    """Which audio track the MP3 is made from, counted from 1."""
    tracks: tuple[SourceTrack, ...] = ()
    """Its audio tracks, as far as they can be chosen by number; empty until it was converted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Audio:
    """The MP3 that was made. Size in bytes, duration in seconds, average bit rate in kbit/s."""

    media_id: MediaId
    size: int
    sha256: str
    duration: float
    bitrate: int
    damage: Damage | None = None
    """Sound that is silent or missing at the end; `None`: nothing."""
    chapters: tuple[Chapter, ...] = ()
    """Ascending."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A claim on a conversion, of a worker or of the request that uploads the video, to be renewed in time."""

    holder: str
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One video on its way to an MP3. Immutable: each transition gives the conversion as it is after it.

    `revision` grows by one with every transition; a repository stores a conversion only over the revision
    before it, so that of two writers one learns that it was late. `attempt` grows with every claim and is the fencing
    token: a worker whose attempt is no longer the conversion's has lost it.

    `expires_at` is when the next step of cleaning up is due: of an upload that stands still, its end; of a completed
    conversion, the end of its audio; of a failed, cancelled or expired one, the end of the record. While queued or
    converting there is none.

    `unconfirmed_since` is when the outcome was announced, until it is confirmed that it was handled. There is none
    without an outcome.
    """

    id: ConversionId
    owner: Owner
    state: ConversionState
    source: SourceVideo
    options: AudioOptions
    attempt_limit: int
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    attempt: int = 0
    lease: Lease | None = None
    audio: Audio | None = None
    failure: Failure | None = None
    idempotency_key: str | None = None
    unconfirmed_since: datetime | None = None
    revision: int = 1

    @property
    def source_media_id(self) -> MediaId:
        """Where the media store holds the video."""
        return MediaId(f"{self.id}.source")

    def audio_media_id(self, attempt: int) -> MediaId:
        """Where the media store holds the MP3 of an attempt: one place an attempt, so a repeat adds none."""
        return MediaId(f"{self.id}.audio.{attempt}")

    @property
    def audio_name(self) -> str:
        """The file name under which the MP3 is downloaded."""
        return audio_file_name(self.source.name)

    def needs(self, media_id: MediaId) -> bool:
        """Tell whether this stored file is still of use to the conversion."""
        match self.state:
            case ConversionState.UPLOADING | ConversionState.QUEUED:
                return media_id == self.source_media_id
            case ConversionState.CONVERTING:
                return media_id in {self.source_media_id, self.audio_media_id(self.attempt)}
            case ConversionState.FAILED:
                return media_id == self.source_media_id and self.is_retryable
            case ConversionState.COMPLETED:
                return self.audio is not None and media_id == self.audio.media_id
        return False  # Cancelled and expired ones need nothing.

    @property
    def is_retryable(self) -> bool:
        """Whether the conversion failed for a reason that may have passed."""
        return (
            self.state is ConversionState.FAILED
            and self.failure is not None
            and not self.failure.code.is_final
        )

    @property
    def upload_held_until(self) -> datetime | None:
        """Until when the request that receives the video is taken for there.

        A release before this one wrote no lease: its uploads are held until they expire.
        """
        return self.expires_at if self.lease is None else self.lease.until

    @property
    def attempts_left(self) -> int:
        """How many more attempts may follow."""
        return self.attempt_limit - self.attempt

    def with_verified_address(self, *, verified: bool) -> "Conversion":
        """Give the conversion, as the same revision, once it is looked up whether its owner's address is verified."""
        return replace(self, owner=replace(self.owner, email_verified=verified))

    def keep_uploading(self, now: datetime, *, lasts: timedelta) -> "Conversion":
        """Note that bytes of the video came in; the record lasts that much longer."""
        self._require("receive more of the video", ConversionState.UPLOADING)
        return self._next(now, expires_at=now + lasts)

    def hold_upload(self, now: datetime, *, lease_for: timedelta) -> "Conversion":
        """Note that the request which receives the video is there. An upload has one request, so its id names it."""
        self._require("receive more of the video", ConversionState.UPLOADING)
        return self._next(now, lease=Lease(self.id, now + lease_for))

    def queue(self, now: datetime, *, size: int, sha256: str, options: AudioOptions) -> "Conversion":
        """Accept the video once it is stored whole."""
        self._require("be queued", ConversionState.UPLOADING)
        source = replace(self.source, size=size, sha256=sha256)
        return self._next(
            now, state=ConversionState.QUEUED, source=source, options=options, lease=None, expires_at=None
        )

    def request_again(self, now: datetime) -> "Conversion":
        """Note that the conversion is announced to the workers once more, as it stood still."""
        self._require("be requested again", ConversionState.QUEUED, ConversionState.CONVERTING)
        return self._next(now)

    def claim(self, now: datetime, *, holder: str, lease_for: timedelta) -> "Conversion":
        """Take the conversion for a worker.

        Raises:
            InvalidTransitionError: it is neither queued nor converting.
            LeaseHeldError: another worker's lease runs.
            AttemptsExhaustedError: no attempt is left.
        """
        self._require("be claimed", ConversionState.QUEUED, ConversionState.CONVERTING)
        if self.lease is not None and self.lease.until > now:
            raise LeaseHeldError(self.id, self.lease.until)
        if self.attempts_left <= 0:
            raise AttemptsExhaustedError(self.id, self.attempt)
        lease = Lease(holder, now + lease_for)
        return self._next(now, state=ConversionState.CONVERTING, attempt=self.attempt + 1, lease=lease)

    def renew(self, now: datetime, *, attempt: int, lease_for: timedelta) -> "Conversion":
        """Extend the lease of the attempt that holds the conversion. Raises `ClaimLostError`."""
        return self._next(now, lease=Lease(self._held_by(attempt).holder, now + lease_for))

    def release(self, now: datetime, *, attempt: int) -> "Conversion":
        """Give the conversion back unfinished, at no cost to its attempts. Raises `ClaimLostError`."""
        self._held_by(attempt)
        return self._next(now, state=ConversionState.QUEUED, lease=None, attempt_limit=self.attempt_limit + 1)

    def complete(
        self,
        now: datetime,
        *,
        attempt: int,
        audio: Audio,
        source_duration: float | None,
        track: int | None = None,
        tracks: tuple[SourceTrack, ...] = (),
        keep_for: timedelta,
    ) -> "Conversion":
        """Record the MP3 that the attempt made, and what was learnt about the video. Raises `ClaimLostError`.

        `source_duration` is that of the video's audio in seconds, `None` where it is not known.
        """
        self._held_by(attempt)
        return self._next(
            now,
            state=ConversionState.COMPLETED,
            audio=audio,
            source=replace(self.source, duration=source_duration, track=track, tracks=tracks),
            failure=None,
            lease=None,
            expires_at=now + keep_for,
            unconfirmed_since=now,
        )

    def fail(self, now: datetime, *, attempt: int, failure: Failure, keep_for: timedelta) -> "Conversion":
        """Record why the attempt failed: back to `queued` if the reason may pass and an attempt is left, else `failed`.

        After two attempts in a row that held others up, none is left. Raises `ClaimLostError`.
        """
        self._held_by(attempt)
        again = (
            failure.code.holds_others_up and self.failure is not None and self.failure.code == failure.code
        )
        if not failure.code.is_final and not again and self.attempts_left > 0:
            return self._next(now, state=ConversionState.QUEUED, failure=failure, lease=None)
        return self._fail(now, failure, keep_for)

    def give_up(self, now: datetime, *, failure: Failure, keep_for: timedelta) -> "Conversion":
        """Fail a conversion whose attempts are used up without an outcome (each worker died)."""
        self._require("be given up", ConversionState.QUEUED, ConversionState.CONVERTING)
        return self._fail(now, failure, keep_for)

    def cancel(self, now: datetime, *, keep_for: timedelta) -> "Conversion":
        """Stop the conversion for good."""
        self._require("be cancelled", *ACTIVE_STATES)
        return self._next(now, state=ConversionState.CANCELLED, lease=None, expires_at=now + keep_for)

    def retry(self, now: datetime, *, attempts: int) -> "Conversion":
        """Queue a failed conversion again with new attempts.

        Raises:
            InvalidTransitionError: it has not failed.
            NotRetryableError: it failed for a reason that a retry can't fix.
        """
        self._require("be retried", ConversionState.FAILED)
        if self.failure is not None and self.failure.code.is_final:
            raise NotRetryableError(self.id, self.failure.code)
        return self._next(
            now,
            state=ConversionState.QUEUED,
            failure=None,
            attempt_limit=self.attempt + attempts,
            expires_at=None,
            unconfirmed_since=None,
        )

    def expire(self, now: datetime, *, keep_for: timedelta) -> "Conversion":
        """Note that the time of the audio is over, and drop its chapters."""
        self._require("expire", ConversionState.COMPLETED)
        audio = self.without_chapters().audio
        return self._next(
            now,
            state=ConversionState.EXPIRED,
            audio=audio,
            expires_at=now + keep_for,
            unconfirmed_since=None,
        )

    def without_chapters(self) -> "Conversion":
        """Give the conversion as lists hold it: a thousand chapters take more room than all the rest."""
        if self.audio is None or not self.audio.chapters:
            return self
        return replace(self, audio=replace(self.audio, chapters=()))

    def _fail(self, now: datetime, failure: Failure, keep_for: timedelta) -> "Conversion":
        return self._next(
            now,
            state=ConversionState.FAILED,
            failure=failure,
            lease=None,
            expires_at=now + keep_for,
            unconfirmed_since=now,
        )

    def _held_by(self, attempt: int) -> Lease:
        if self.state is not ConversionState.CONVERTING or self.attempt != attempt or self.lease is None:
            raise ClaimLostError(self.id, attempt)
        return self.lease

    def _require(self, action: str, *states: ConversionState) -> None:
        if self.state not in states:
            raise InvalidTransitionError(self.id, self.state, action)

    def _next(self, now: datetime, **changes: object) -> "Conversion":
        return replace(self, updated_at=now, revision=self.revision + 1, **changes)  # type: ignore[arg-type]  # names are this class's own
