"""The bounds that the operator sets for conversions."""

from dataclasses import dataclass
from datetime import timedelta

from tracklift_domain.extraction.failure import Failure

EVENT_STREAMS_PER_USER = 20
"""A few devices with a few pages each. Each stream holds a connection and receives each change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long things are kept."""

    idle_upload: timedelta = timedelta(minutes=2)
    """How long an upload may be idle before it is discarded."""
    upload_lease: timedelta = timedelta(seconds=15)
    """How long an upload is held without a sign of life from its request, which gives three in that time."""
    resumable_upload: timedelta = timedelta(days=1)
    """How long a resumable upload is kept after its last bytes."""
    append_lease: timedelta = timedelta(seconds=6)
    """How long a resumable upload is held by a request that sends no bytes.

    A broken connection may look alive here for minutes, while its client is back within seconds.
    """
    audio: timedelta = timedelta(days=7)
    """How long a finished MP3 can be downloaded."""
    source: timedelta = timedelta(days=7)
    """How long the video of a completed conversion is kept for further conversions, but no longer than the MP3.

    Zero: it is deleted immediately.
    """
    record: timedelta = timedelta(days=30)
    """How long the record of a failed, cancelled or expired conversion is kept."""
    orphan: timedelta = timedelta(hours=1)
    """How old a stored file that belongs to no conversion must be before it is deleted."""
    stalled: timedelta = timedelta(minutes=3)
    """How long a conversion may be stalled, or its outcome unconfirmed, before it is announced again.

    With housekeeping every minute, a lost message is found within five, even if a round takes long.
    """

    @property
    def upload_record(self) -> timedelta:
        """How long the record of an upload is kept without a sign of progress.

        Twice the time that the upload may be idle: progress is noted only with arriving bytes, at most four
        times in that time, and the store needs some time after the last byte.
        """
        return self.idle_upload * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPolicy:
    """How workers hold conversions, and how often these are tried."""

    attempts: int = 5
    """How many attempts a conversion has before a passing reason fails it."""
    lease: timedelta = timedelta(seconds=30)
    """How long a claim is valid without renewal. It is renewed three times in that time."""
    watch_every: timedelta = timedelta(milliseconds=500)
    """How often a worker checks whether its conversion was cancelled."""
    first_delay: timedelta = timedelta(seconds=10)
    """How long to wait before the second attempt; each further wait is four times the previous one."""
    longest_delay: timedelta = timedelta(minutes=10)
    storage_pause: timedelta = timedelta(seconds=5)
    """How long to wait between retries during an outage of the storage."""
    storage_patience: timedelta = timedelta(minutes=5)
    """How long a worker waits to read a byte of a video, or to store an MP3, before it releases the conversion."""

    def delay_before_next(self, failure: Failure | None, *, attempts_left: int) -> timedelta:
        """Give how long a conversion that was queued again deliberately waits."""
        if failure is not None and failure.code.holds_others_up:
            return self.delay_after(max(self.attempts - 1, 1))  # As before the last attempt.
        # Attempts before a retry by the user, and released ones, make no wait longer.
        return self.delay_after(max(self.attempts - attempts_left, 1))

    def delay_after(self, attempt: int) -> timedelta:
        """Give how long to wait after a failed attempt (counted from 1)."""
        # The exponent is bounded, so that the product is a valid timedelta for any attempt.
        growth: int = 4 ** min(attempt - 1, 12)
        return min(self.longest_delay, self.first_delay * growth)
