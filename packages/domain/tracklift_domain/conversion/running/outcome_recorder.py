"""How a worker records the outcome of an attempt."""

import logging
from collections.abc import Callable
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.announcing.outcome_announcer import OutcomeAnnouncer
from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import AttemptsExhaustedError, ConversionNotFoundError
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.ports import AudioLedger, ConversionRepository, MadeAudio
from tracklift_domain.conversion.removal.media_cleanup import discard_media
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.extract_audio import Extraction
from tracklift_domain.extraction.failure import Failure
from tracklift_domain.extraction.failures import media_lost
from tracklift_domain.extraction.source_track import list_tracks
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError
from tracklift_domain.media.ports import MediaLossReporter, MediaStore
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter
from tracklift_domain.outlast_outage import outlast_outage
from tracklift_domain.user.ports import VerifiedAddresses

_log = logging.getLogger(__name__)


class OutcomeRecorder:
    """Records outcomes, once the storage can be reached, each together with the event that announces it.

    Raises:
        ClaimLostError: the attempt no longer holds the conversion.
        ConversionNotFoundError: it was deleted.
    """

    def __init__(  # noqa: PLR0913  # each is a port or a policy of its own
        self,
        *,
        conversions: ConversionRepository,
        media: MediaStore,
        losses: MediaLossReporter,
        ledger: AudioLedger,
        feed: UpdateFeed,
        clock: Clock,
        attempts: AttemptPolicy,
        retention: RetentionPolicy,
        verified: VerifiedAddresses,
    ) -> None:
        self._announcer = OutcomeAnnouncer(conversions, verified)
        self._conversions = conversions
        self._media = media
        self._losses = losses
        self._ledger = ledger
        self._feed = feed
        self._clock = clock
        self._attempts = attempts
        self._retention = retention

    async def complete(self, claimed: Conversion, audio: Audio, extraction: Extraction) -> Disposition:
        """Record the MP3."""
        completed = await self._change(
            claimed,
            lambda stored: stored.complete(
                self._clock.now(),
                attempt=claimed.attempt,
                audio=audio,
                source_duration=extraction.source_duration,
                track=extraction.audio.track + 1,
                tracks=list_tracks(extraction.tracks),
                keep_for=self._retention.audio,
                keep_source_for=self._retention.source,
            ),
        )
        await self._ended(completed)
        return Done()

    async def fail(self, claimed: Conversion, failure: Failure) -> Disposition:
        """Record a failure, which fails the conversion or queues it again."""
        failed = await self._change(
            claimed,
            lambda stored: stored.fail(
                self._clock.now(), attempt=claimed.attempt, failure=failure, keep_for=self._retention.record
            ),
        )
        await self._ended(failed)
        if failed.state is ConversionState.QUEUED:
            return RetryAfter(self._delay_of(failed), f"{failure.code}: {failure.detail}")
        if failure.code.is_final:
            return Done()
        return DeadLetter(f"{failure.code} after {failed.attempt} attempts: {failure.detail}")

    async def fail_for_loss(
        self, claimed: Conversion, error: MediaLostError | MediaNotFoundError
    ) -> Disposition:
        """Record that the video is lost."""
        disposition = await self.fail(claimed, media_lost().failure)
        # Only now: a video may be missing because its conversion, and so the claim, has ended.
        _log.error("The video of conversion %s is lost. %s", claimed.id, error)
        self._losses.report(claimed.source_media_id)
        return disposition

    async def give_up(self, failed: Conversion) -> Disposition:
        """Clean up after a conversion that failed because no attempt was left."""
        await self._ended(failed)
        return DeadLetter(str(AttemptsExhaustedError(failed.id, failed.attempt)))

    async def leave(self, claimed: Conversion) -> Disposition:
        """Clean up after an attempt that lost its claim."""
        return await outlast_outage(lambda: self._leave(claimed), pause=self._attempts.storage_pause)

    async def clean_up(self, conversion_id: ConversionId) -> None:
        """Delete media and count audio, in case the worker was killed after it recorded the outcome.

        Raises:
            ServiceUnavailableError: the storage can't be reached.
        """
        try:
            conversion = await self._conversions.get(conversion_id)
        except ConversionNotFoundError:
            return  # `SweepMedia` deletes the rest: the number of attempts is not known here.
        await self._note_audio(conversion)
        await discard_media(self._conversions, self._media, conversion)

    async def _change(
        self, claimed: Conversion, transition: Callable[[Conversion], Conversion]
    ) -> Conversion:
        return await outlast_outage(
            lambda: self._announcer.change(claimed.id, transition), pause=self._attempts.storage_pause
        )

    async def _ended(self, conversion: Conversion) -> None:
        await self._feed.publish(ConversionUpdate.of(conversion))
        await self._note_audio(conversion)
        await discard_media(self._conversions, self._media, conversion)

    async def _note_audio(self, conversion: Conversion) -> None:
        # The first record counts, so a later change, such as another name, has no effect.
        if conversion.state is ConversionState.COMPLETED and conversion.audio is not None:
            await self._ledger.record(
                MadeAudio(
                    conversion_id=conversion.id,
                    owner_id=conversion.owner.user_id,
                    made_at=conversion.updated_at,
                    duration=conversion.audio.duration,
                )
            )

    async def _leave(self, claimed: Conversion) -> Disposition:
        try:
            stored = await self._conversions.get(claimed.id)
        except ConversionNotFoundError:
            await self._discard_audio(claimed)
            return Done()
        if stored.needs(claimed.audio_media_id(claimed.attempt)):
            await self._ended(stored)  # The outcome is recorded; only the storage's answer was lost.
            return Done()
        await self._discard_audio(claimed)
        if stored.state is ConversionState.QUEUED:
            # Perhaps a recorded failure whose answer was lost: then no other request is left.
            return RetryAfter(self._delay_of(stored), "it is queued again")
        return Done()

    async def _discard_audio(self, claimed: Conversion) -> None:
        try:
            await self._media.delete(claimed.audio_media_id(claimed.attempt))
        except ServiceUnavailableError as error:
            _log.warning("Audio of conversion %s stays until the next sweep: %s", claimed.id, error)

    def _delay_of(self, queued: Conversion) -> timedelta:
        return self._attempts.delay_before_next(queued.failure, attempts_left=queued.attempts_left)
