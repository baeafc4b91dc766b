"""The bounds that the operator sets for conversions."""

from dataclasses import dataclass
from datetime import timedelta

from tracklift_domain.extraction.failure import Failure

EVENT_STREAMS_PER_USER = 20
"""A few devices with a few pages each. Each stream takes a connection and is told of each change."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionPolicy:
    """How long things are kept."""

    idle_upload: timedelta = timedelta(minutes=2)
    """How long an upload may stand still before it is thrown away."""
    upload_lease: timedelta = timedelta(seconds=15)
    """How long an upload is held without a sign of the request that receives it. There are three in that span."""
    resumable_upload: timedelta = timedelta(days=1)
    """How long an upload that can be resumed is kept after its last bytes."""
    append_lease: timedelta = timedelta(seconds=6)
    """How long an upload that can be resumed is held by a request that brings no bytes.

    A connection that was cut on a bad line may look alive here for minutes, and its client is back within seconds.
    """
    audio: timedelta = timedelta(days=7)
    """How long a finished MP3 can be downloaded."""
    source: timedelta = timedelta(days=7)
    """How long the video of a completed conversion stays, so that others can be made of it, but no longer than the MP3.

    Zero: it is deleted at once.
    """
    record: timedelta = timedelta(days=30)
    """How long the record of a failed, cancelled or expired conversion stays."""
    orphan: timedelta = timedelta(hours=1)
    """How old a stored file that belongs to no conversion must be before it is deleted."""
    stalled: timedelta = timedelta(minutes=3)
    """How long a conversion may stand still, or its outcome go unconfirmed, before it is announced again.

    With a round of housekeeping every minute, what got lost is found within five, also when a round takes its time.
    """

    @property
    def upload_record(self) -> timedelta:
        """How long the record of an upload stands without news of it.

        Twice the time that the upload may stand still: news is noted only with bytes that come, at most four times in
        that time, and the store needs some time behind the last byte.
        """
        return self.idle_upload * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptPolicy:
    """How a worker holds a conversion and how often one is tried."""

    attempts: int = 5
    """How often a conversion is tried before it fails for a passing reason."""
    lease: timedelta = timedelta(seconds=30)
    """How long a claim holds without being renewed. It is renewed three times in that span."""
    watch_every: timedelta = timedelta(milliseconds=500)
    """How often a worker looks whether its conversion was cancelled."""
    first_delay: timedelta = timedelta(seconds=10)
    """How long to wait before the second attempt; each further wait is four times the one before."""
    longest_delay: timedelta = timedelta(minutes=10)
    storage_pause: timedelta = timedelta(seconds=5)
    """How long to wait between two tries of what an outage of the storage holds up."""
    storage_patience: timedelta = timedelta(minutes=5)
    """How long a worker waits for a byte of a video, or to store an MP3, before it gives the conversion back."""

    def delay_before_next(self, failure: Failure | None, *, attempts_left: int) -> timedelta:
        """Give how long a conversion waits on purpose that was put back into the queue."""
        if failure is not None and failure.code.holds_others_up:
            return self.delay_after(max(self.attempts - 1, 1))  # As before the last attempt.
        # Attempts before a retry by the user, and those that were given back, make no wait longer.
        return self.delay_after(max(self.attempts - attempts_left, 1))

    def delay_after(self, attempt: int) -> timedelta:
        """Give how long to wait after a failed attempt (counted from 1)."""
        # The exponent is bounded so that the product stays a timedelta whatever the attempt.
        growth: int = 4 ** min(attempt - 1, 12)
        return min(self.longest_delay, self.first_delay * growth)
