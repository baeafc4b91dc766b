"""A conversion and its life.

    uploading -> queued -> converting -> completed -> expired
        |          |           |-> failed -(retry)-> queued
        +----------+-----------+-> cancelled

A conversion returns from `converting` to `queued` when an attempt fails for a passing reason or when a worker
releases it.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion_state import ACTIVE_STATES, ConversionState
from tracklift_domain.conversion.errors import (
    AttemptsExhaustedError,
    AudioExpiredError,
    AudioNotReadyError,
    ClaimLostError,
    InvalidTransitionError,
    LeaseHeldError,
    NotRetryableError,
)
from tracklift_domain.conversion.file_name import audio_file_name, new_video_name
from tracklift_domain.conversion.lease import Lease
from tracklift_domain.conversion.owner import Owner
from tracklift_domain.conversion.source_video import ResumableUpload, SourceVideo
from tracklift_domain.extraction.failure import Failure
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.extraction.source_track import SourceTrack
from tracklift_domain.identifiers import ConversionId, MediaId


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversion:
    """One video on its way to an MP3. Immutable: each transition returns a new object.

    `revision` grows by one with every transition; a repository stores a conversion only over the previous
    revision, so that of two concurrent writers one fails. `attempt` grows with every claim and is the fencing
    token: a worker whose attempt is no longer the conversion's has lost it.

    `expires_at` is when the next step of the cleanup is due: an idle upload ends, the audio of a completed conversion
    expires, the record of a failed, cancelled or expired one is deleted. It is `None` while queued or converting.

    `unconfirmed_since` is when the outcome was announced; `None` once its handling is confirmed, or without an
    outcome. `outcome_revision` is the revision that recorded the outcome: the event of the outcome stays the
    same, whatever changes later.

    Conversions may share a video: see `source_id`. One that no longer needs it (`holds_source`) never needs it
    again, so that it can be deleted once no conversion holds it.
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
    upload: ResumableUpload | None = None
    """Set only during an upload that can be resumed."""
    reserved_bytes: int | None = None
    """Bytes that are reserved during an upload in one request; `None`: the size is not known."""
    unconfirmed_since: datetime | None = None
    outcome_revision: int | None = None
    """`None`: there is no outcome, or it is unchanged since an earlier release stored it without this field."""
    uploaded_as: ConversionId | None = None
    """The conversion for which the video was uploaded, which may be gone; `None`: this one."""
    source_kept_until: datetime | None = None
    """When the video of a completed conversion is deleted; `None`: it has not completed, or no longer holds it."""
    revision: int = 1

    @property
    def source_id(self) -> ConversionId:
        """The id of the video: the same in all conversions that share it."""
        return self.uploaded_as or self.id

    @property
    def source_media_id(self) -> MediaId:
        """Where the media store holds the video."""
        return MediaId(f"{self.source_id}.source")

    @property
    def reduced_source_media_id(self) -> MediaId:
        """Where the media store holds the video reduced to its sound."""
        return MediaId(f"{self.source_id}.sound")

    @property
    def source_media_ids(self) -> tuple[MediaId, MediaId]:
        """Both places of the video. For a short time, both may be in use."""
        return self.source_media_id, self.reduced_source_media_id

    @property
    def holds_source(self) -> bool:
        """Whether the conversion still needs the video."""
        return self.needs(self.source_media_id)

    @property
    def source_available_until(self) -> datetime | None:
        """Until when an ended conversion holds the video; `None`: it has not ended, or no longer holds it."""
        if self.state is ConversionState.FAILED and self.holds_source:
            return self.expires_at
        return self.source_kept_until

    def audio_media_id(self, attempt: int) -> MediaId:
        """Where the media store holds the MP3 of an attempt. A repeated run of the attempt makes no second one."""
        return MediaId(f"{self.id}.audio.{attempt}")

    @property
    def audio_name(self) -> str:
        """The file name under which the MP3 is downloaded."""
        return audio_file_name(self.source.name)

    def needs(self, media_id: MediaId) -> bool:
        """Tell whether the conversion still needs this stored file."""
        match self.state:
            case ConversionState.UPLOADING | ConversionState.QUEUED:
                return media_id in self.source_media_ids
            case ConversionState.CONVERTING:
                return media_id in {*self.source_media_ids, self.audio_media_id(self.attempt)}
            case ConversionState.FAILED:
                return media_id in self.source_media_ids and self.is_retryable
            case ConversionState.COMPLETED:
                if media_id in self.source_media_ids:
                    return self.source_kept_until is not None
                return self.audio is not None and media_id == self.audio.media_id
        return False  # Cancelled and expired ones need nothing.

    @property
    def source_bytes(self) -> int:
        """How many bytes of its owner's storage the video uses or, during the upload, will use.

        It counts for the conversion that it was uploaded for, until that one has an outcome. What is kept after
        that is small.
        """
        if self.state is ConversionState.UPLOADING:
            return (self.reserved_bytes if self.upload is None else self.upload.length) or 0
        if self.uploaded_as is not None or self.state is ConversionState.COMPLETED or not self.holds_source:
            return 0
        return self.source.size or 0

    @property
    def audio_bytes(self) -> int:
        """How many bytes its MP3 uses."""
        return self.audio.size if self.state is ConversionState.COMPLETED and self.audio is not None else 0

    @property
    def is_retryable(self) -> bool:
        """Whether the conversion failed for a reason that may have passed."""
        return (
            self.state is ConversionState.FAILED
            and self.failure is not None
            and not self.failure.code.is_final
        )

    def require_audio(self) -> Audio:
        """Give the MP3.

        Raises:
            AudioNotReadyError: it does not exist yet, or never will.
            AudioExpiredError: it has expired and was deleted.
        """
        if self.state is ConversionState.EXPIRED:
            raise AudioExpiredError(self.id)
        if self.state is not ConversionState.COMPLETED or self.audio is None:
            raise AudioNotReadyError(self.id, self.state)
        return self.audio

    @property
    def upload_held_until(self) -> datetime | None:
        """Until when the request that receives the video counts as alive.

        Earlier releases wrote no lease: their uploads are held until they expire.
        """
        return self.expires_at if self.lease is None else self.lease.until

    @property
    def attempts_left(self) -> int:
        """How many more attempts may follow."""
        return self.attempt_limit - self.attempt

    def with_verified_address(self, *, verified: bool) -> "Conversion":
        """Give the conversion, in the same revision, with whether its owner's address is verified."""
        return replace(self, owner=replace(self.owner, email_verified=verified))

    def keep_uploading(self, now: datetime, *, lasts: timedelta) -> "Conversion":
        """Note that bytes of the video arrived, which extends the record by `lasts`."""
        self._require("receive more of the video", ConversionState.UPLOADING)
        return self._next(now, expires_at=now + lasts)

    def claim_upload(self, now: datetime, *, holder: str, lease_for: timedelta) -> "Conversion":
        """Claim the upload for a request that sends bytes.

        The new revision is higher than that of each earlier claim, so it serves as a fencing token.

        Raises:
            InvalidTransitionError: it is no longer uploading.
            LeaseHeldError: another request holds it.
        """
        self._require("receive more of the video", ConversionState.UPLOADING)
        if self.lease is not None and self.lease.until > now:
            raise LeaseHeldError(self.id, self.lease.until)
        return self._next(now, lease=Lease(holder, now + lease_for))

    def hold_upload(self, now: datetime, *, lease_for: timedelta, holder: str | None = None) -> "Conversion":
        """Note that the request that receives the video is alive.

        An upload in a single request is held by its id, which is the default.

        Raises:
            InvalidTransitionError: it is no longer uploading.
            LeaseHeldError: another request has claimed it since.
        """
        held_by = self._require_upload_held_by(holder or self.id, now)
        return self._next(now, lease=Lease(held_by, now + lease_for))

    def pause_upload(self, now: datetime, *, holder: str, lasts: timedelta) -> "Conversion":
        """Note that the request ended before the video was complete, which extends the record by `lasts`.

        Raises as `hold_upload` does.
        """
        self._require_upload_held_by(holder, now)
        return self._next(now, lease=None, expires_at=now + lasts)

    def reserve(self, now: datetime, *, size: int) -> "Conversion":
        """Reserve space for a video whose size was not known before."""
        self._require("receive more of the video", ConversionState.UPLOADING)
        return self._next(now, reserved_bytes=size)

    def queue(self, now: datetime, *, size: int, sha256: str, options: AudioOptions) -> "Conversion":
        """Accept the video once all of it is stored."""
        self._require("be queued", ConversionState.UPLOADING)
        source = replace(self.source, size=size, sha256=sha256)
        return self._next(
            now,
            state=ConversionState.QUEUED,
            source=source,
            options=options,
            upload=None,
            reserved_bytes=None,
            lease=None,
            expires_at=None,
        )

    def queue_shared(self, now: datetime) -> "Conversion":
        """Accept the conversion of a video that is stored already."""
        self._require("be queued", ConversionState.UPLOADING)
        return self._next(now, state=ConversionState.QUEUED, lease=None, expires_at=None)

    def request_again(self, now: datetime) -> "Conversion":
        """Note that the conversion, which was stalled, is announced to the workers again."""
        self._require("be requested again", ConversionState.QUEUED, ConversionState.CONVERTING)
        return self._next(now)

    def claim(self, now: datetime, *, holder: str, lease_for: timedelta) -> "Conversion":
        """Claim the conversion for a worker.

        Raises:
            InvalidTransitionError: it is neither queued nor converting.
            LeaseHeldError: another worker's lease is valid.
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
        """Release the conversion unfinished, which costs no attempt. Raises `ClaimLostError`."""
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
        keep_source_for: timedelta = timedelta(0),
    ) -> "Conversion":
        """Record the MP3 that the attempt made, and what it found out about the video. Raises `ClaimLostError`.

        `source_duration` is the duration of the video's audio in seconds; `None`: not known. The video is kept
        no longer than the MP3.
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
            outcome_revision=self.revision + 1,
            source_kept_until=now + min(keep_source_for, keep_for) if keep_source_for else None,
        )

    def drop_source(self) -> "Conversion":
        """Note that the video is no longer kept."""
        return replace(
            self,
            source_kept_until=None,
            outcome_revision=self._revision_of_outcome,
            revision=self.revision + 1,
        )

    def fail(self, now: datetime, *, attempt: int, failure: Failure, keep_for: timedelta) -> "Conversion":
        """Record a failure: back to `queued` for a passing reason while attempts are left, else `failed`.

        After two consecutive attempts that held others up, none is left. Raises `ClaimLostError`.
        """
        self._held_by(attempt)
        again = (
            failure.code.holds_others_up and self.failure is not None and self.failure.code == failure.code
        )
        if not failure.code.is_final and not again and self.attempts_left > 0:
            return self._next(now, state=ConversionState.QUEUED, failure=failure, lease=None)
        return self._fail(now, failure, keep_for)

    def give_up(self, now: datetime, *, failure: Failure, keep_for: timedelta) -> "Conversion":
        """Fail a conversion that has used all its attempts without an outcome (each worker died)."""
        self._require("be given up", ConversionState.QUEUED, ConversionState.CONVERTING)
        return self._fail(now, failure, keep_for)

    def cancel(self, now: datetime, *, keep_for: timedelta) -> "Conversion":
        """Stop the conversion for good."""
        self._require("be cancelled", *ACTIVE_STATES)
        return self._next(
            now,
            state=ConversionState.CANCELLED,
            upload=None,
            reserved_bytes=None,
            lease=None,
            expires_at=now + keep_for,
        )

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
            outcome_revision=None,
        )

    def rename(self, now: datetime, name: str) -> "Conversion":
        """Rename the video, and with it the MP3; the file extension stays.

        Raises:
            InvalidTransitionError: the video is still being uploaded under its original name.
            InvalidNameError: the name is not valid.
        """
        self._require(
            "be renamed", *(each for each in ConversionState if each is not ConversionState.UPLOADING)
        )
        source = replace(self.source, name=new_video_name(name, self.source.name))
        return self._next(now, source=source, outcome_revision=self._revision_of_outcome)

    def expire(self, now: datetime, *, keep_for: timedelta) -> "Conversion":
        """Note that the audio has expired, and drop its chapters and peaks."""
        self._require("expire", ConversionState.COMPLETED)
        audio = self.in_list().audio
        return self._next(
            now,
            state=ConversionState.EXPIRED,
            audio=audio,
            expires_at=now + keep_for,
            unconfirmed_since=None,
            source_kept_until=None,
        )

    def in_list(self) -> "Conversion":
        """Give the conversion as in lists: without chapters and peaks, which take more space than everything else."""
        if self.audio is None:
            return self
        return replace(self, audio=replace(self.audio, chapters=(), peaks=b""))

    def _fail(self, now: datetime, failure: Failure, keep_for: timedelta) -> "Conversion":
        return self._next(
            now,
            state=ConversionState.FAILED,
            failure=failure,
            lease=None,
            expires_at=now + keep_for,
            unconfirmed_since=now,
            outcome_revision=self.revision + 1,
        )

    @property
    def _revision_of_outcome(self) -> int | None:
        if self.outcome_revision is None and self.state.is_outcome:
            return self.revision
        return self.outcome_revision

    def _held_by(self, attempt: int) -> Lease:
        if self.state is not ConversionState.CONVERTING or self.attempt != attempt or self.lease is None:
            raise ClaimLostError(self.id, attempt)
        return self.lease

    def _require_upload_held_by(self, holder: str, now: datetime) -> str:
        self._require("receive more of the video", ConversionState.UPLOADING)
        lease = Lease(self.id, now) if self.lease is None else self.lease
        if lease.holder != holder:
            raise LeaseHeldError(self.id, lease.until)
        return holder

    def _require(self, action: str, *states: ConversionState) -> None:
        if self.state not in states:
            raise InvalidTransitionError(self.id, self.state, action)

    def _next(self, now: datetime, **changes: object) -> "Conversion":
        # Each service has its own clock, and clients keep the record with the later time.
        updated_at = max(now, self.updated_at)
        return replace(self, updated_at=updated_at, revision=self.revision + 1, **changes)  # type: ignore[arg-type]  # names are this class's own
