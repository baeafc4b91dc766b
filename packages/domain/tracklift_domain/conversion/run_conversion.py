"""Does the work of one conversion: claim, extract, store, record, announce."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.changing import change_conversion
from tracklift_domain.conversion.claiming import Claims, announce_failure
from tracklift_domain.conversion.closing import closing_stream
from tracklift_domain.conversion.conversion import Audio, Conversion, ConversionState
from tracklift_domain.conversion.discarding import discard_media
from tracklift_domain.conversion.errors import (
    AttemptsExhaustedError,
    ClaimLostError,
    ConversionNotFoundError,
    ExtractionError,
    InvalidTransitionError,
    LeaseHeldError,
    OutOfSpaceError,
)
from tracklift_domain.conversion.events import ConversionCompleted, ConversionRequested
from tracklift_domain.conversion.extract_audio import ExtractAudio, Extraction
from tracklift_domain.conversion.failure import Failure, FailureCode
from tracklift_domain.conversion.holding import ClaimKeeper
from tracklift_domain.conversion.outages import outlast_outage
from tracklift_domain.conversion.patient_reader import PatientReader
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.ports import (
    ConversionRepository,
    ExtractedAudio,
    MediaStore,
    StoredMedia,
    UpdateFeed,
)
from tracklift_domain.conversion.progress import ConversionUpdate
from tracklift_domain.conversion.reporting import ProgressReporter
from tracklift_domain.conversion.source_track import list_tracks
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.finishing import finish
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter

_log = logging.getLogger(__name__)
_Result = TypeVar("_Result")


class RunConversion:
    """Converts one video on request, whatever happened to earlier requests for it.

    A worker that lost its claim can't record an outcome; an outcome is recorded once, together with the event that
    announces it. An outage of the storage costs no attempt: the worker goes on where it was, or gives the conversion
    back once the storage can be reached again.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        media: MediaStore,
        extract_audio: ExtractAudio,
        feed: UpdateFeed,
        clock: Clock,
        holder: str,
        attempts: AttemptPolicy,
        retention: RetentionPolicy,
    ) -> None:
        """Make the worker; `holder` names it in leases and the log."""
        self._conversions = conversions
        self._media = media
        self._extract_audio = extract_audio
        self._feed = feed
        self._clock = clock
        self._attempts = attempts
        self._retention = retention
        self._claims = Claims(conversions, clock, holder=holder, attempts=attempts, retention=retention)
        self._keeper = ClaimKeeper(conversions, clock, attempts)

    async def __call__(self, event: Event) -> Disposition:
        """Handle a request. A cancellation gives the conversion back unfinished, at no cost to its attempts.

        Raises:
            ServiceUnavailableError: the storage can't be reached, so the request must come again.
        """
        if not isinstance(event, ConversionRequested):
            return DeadLetter(f"no request for a conversion but {event.type}")
        try:
            taken = await self._claims.take(event.conversion_id)
        except (ConversionNotFoundError, InvalidTransitionError) as error:
            # Deleted, cancelled, or the request was delivered again after the work was done.
            _log.info("A request is dropped: %s", error)
            await self._discard_of_ended(event.conversion_id)
            return Done()
        except LeaseHeldError as error:
            return RetryAfter(max(error.until - self._clock.now(), timedelta(0)), str(error))
        if taken.state is ConversionState.FAILED:
            return await self._give_up(taken)
        try:
            return await self._work_through_outages(taken)
        except asyncio.CancelledError:
            await finish(self._claims.release(taken))
            raise

    async def _work_through_outages(self, claimed: Conversion) -> Disposition:
        try:
            await self._feed.publish(ConversionUpdate.of(claimed))
            return await self._hold_and_work(claimed)
        except (ClaimLostError, ConversionNotFoundError) as error:
            _log.info("%s Its work is dropped.", error)
            return await self._outlast(lambda: self._leave(claimed))
        except ServiceUnavailableError:
            await self._claims.give_back(claimed)
            raise

    async def _hold_and_work(self, claimed: Conversion) -> Disposition:
        working = asyncio.ensure_future(self._work(claimed))
        keeping = asyncio.ensure_future(self._keeper.keep(claimed))
        try:
            await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()  # Raises: the claim is lost.
            return await self._record(claimed, working)
        finally:
            keeping.cancel()
            working.cancel()
            await asyncio.gather(keeping, working, return_exceptions=True)

    async def _work(self, claimed: Conversion) -> tuple[Audio, Extraction]:
        """Make and store the MP3; give it and what the extraction, which is over, tells about the source."""
        reporter = ProgressReporter(self._feed, claimed)
        video = PatientReader(
            await self._media.open_seekable(claimed.source_media_id), self._attempts.storage_patience
        )
        try:
            async with self._extract_audio(video, claimed.options, reporter) as extraction:
                extracted = extraction.audio
                stored = await outlast_outage(
                    lambda: self._store(claimed, extracted),
                    pause=self._attempts.storage_pause,
                    patience=self._attempts.storage_patience,
                )
                audio = Audio(
                    media_id=stored.id,
                    size=stored.size,
                    sha256=stored.sha256,
                    duration=extracted.duration,
                    bitrate=extracted.bitrate,
                    damage=extracted.damage,
                    chapters=extraction.chapters,
                )
                return audio, extraction
        finally:
            video.close()
            await reporter.close()

    async def _store(self, claimed: Conversion, extracted: ExtractedAudio) -> StoredMedia:
        async with closing_stream(extracted.chunks()) as chunks:
            return await self._media.write(claimed.audio_media_id(claimed.attempt), chunks)

    async def _record(
        self, claimed: Conversion, working: "asyncio.Future[tuple[Audio, Extraction]]"
    ) -> Disposition:
        try:
            audio, extraction = await working
        except ExtractionError as error:
            return await self._fail(claimed, error.failure)
        except OutOfSpaceError as error:
            return await self._fail(claimed, Failure(FailureCode.OUT_OF_SPACE, f"{error} Try again later."))
        except ServiceUnavailableError:
            raise
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # the user must get an outcome, the log its cause
            # The work is over, so a cancellation is one that it met inside, not one of the request. And a missing
            # video is an error of the store: it is deleted only after its conversion has ended.
            return await self._fail(claimed, _internal(claimed, error))
        completed = await self._outlast(
            lambda: change_conversion(
                self._conversions,
                claimed.id,
                lambda stored: stored.complete(
                    self._clock.now(),
                    attempt=claimed.attempt,
                    audio=audio,
                    source_duration=extraction.source_duration,
                    track=extraction.audio.track + 1,
                    tracks=list_tracks(extraction.tracks),
                    keep_for=self._retention.audio,
                ),
                lambda stored: [ConversionCompleted.of(stored)],
            )
        )
        await self._ended(completed)
        return Done()

    async def _fail(self, claimed: Conversion, failure: Failure) -> Disposition:
        failed = await self._outlast(
            lambda: change_conversion(
                self._conversions,
                claimed.id,
                lambda stored: stored.fail(
                    self._clock.now(),
                    attempt=claimed.attempt,
                    failure=failure,
                    keep_for=self._retention.record,
                ),
                announce_failure,
            )
        )
        await self._ended(failed)
        if failed.state is ConversionState.QUEUED:
            return RetryAfter(self._delay_of(failed), f"{failure.code}: {failure.detail}")
        if failure.code.is_final:
            return Done()
        return DeadLetter(f"{failure.code} after {failed.attempt} attempts: {failure.detail}")

    async def _give_up(self, failed: Conversion) -> Disposition:
        await self._ended(failed)
        return DeadLetter(str(AttemptsExhaustedError(failed.id, failed.attempt)))

    async def _ended(self, conversion: Conversion) -> None:
        await self._feed.publish(ConversionUpdate.of(conversion))
        await discard_media(self._media, conversion)

    async def _discard_of_ended(self, conversion_id: ConversionId) -> None:
        """Delete what whoever ended the conversion had no time to, as when they were killed just then."""
        try:
            conversion = await self._conversions.get(conversion_id)
        except ConversionNotFoundError:
            return  # What may be left of it is for `SweepMedia`, as nobody knows the number of its attempts.
        await discard_media(self._media, conversion)

    async def _leave(self, claimed: Conversion) -> Disposition:
        """Drop what the attempt may have stored, unless the claim is over because its outcome is recorded."""
        audio_id = claimed.audio_media_id(claimed.attempt)
        try:
            stored = await self._conversions.get(claimed.id)
        except ConversionNotFoundError:
            await self._discard_audio(claimed)
            return Done()
        if stored.needs(audio_id):
            await self._ended(stored)  # Only the answer got lost.
            return Done()
        await self._discard_audio(claimed)
        if stored.state is ConversionState.QUEUED:
            # Perhaps a failure whose answer got lost: then no other request is left.
            return RetryAfter(self._delay_of(stored), "it is queued again")
        return Done()

    async def _discard_audio(self, claimed: Conversion) -> None:
        try:
            await self._media.delete(claimed.audio_media_id(claimed.attempt))
        except ServiceUnavailableError as error:
            _log.warning("Audio of conversion %s stays until the next sweep: %s", claimed.id, error)

    def _delay_of(self, queued: Conversion) -> timedelta:
        # Attempts before a retry by the user, and those that were given back, make nobody wait longer.
        return self._attempts.delay_after(max(1, self._attempts.attempts - queued.attempts_left))

    async def _outlast(self, call: Callable[[], Awaitable[_Result]]) -> _Result:
        return await outlast_outage(call, pause=self._attempts.storage_pause)


def _internal(claimed: Conversion, error: BaseException) -> Failure:
    _log.error("Attempt %d of conversion %s broke.", claimed.attempt, claimed.id, exc_info=error)
    return Failure(FailureCode.INTERNAL_ERROR, "Something went wrong on our side.")
