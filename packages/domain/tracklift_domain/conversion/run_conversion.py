"""Does the work of one conversion: claim, extract, store, record, announce."""

import asyncio
import logging
from collections.abc import Callable
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.changing import change_conversion
from tracklift_domain.conversion.conversion import Audio, Conversion, ConversionState
from tracklift_domain.conversion.discarding import discard_media
from tracklift_domain.conversion.errors import (
    AttemptsExhaustedError,
    ClaimLostError,
    ConversionNotFoundError,
    ExtractionError,
    InvalidTransitionError,
    LeaseHeldError,
    MediaNotFoundError,
    OutOfSpaceError,
)
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed, ConversionRequested
from tracklift_domain.conversion.extract_audio import ExtractAudio
from tracklift_domain.conversion.failure import Failure, FailureCode
from tracklift_domain.conversion.holding import ClaimKeeper
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository, MediaStore, UpdateFeed
from tracklift_domain.conversion.progress import ConversionUpdate, Progress
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter

_log = logging.getLogger(__name__)


class RunConversion:
    """Converts one video on request, whatever happened to earlier requests for it.

    A worker that lost its claim can't record an outcome; an outcome is recorded once, together with the event that
    announces it.
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
        self._holder = holder
        self._attempts = attempts
        self._retention = retention
        self._keeper = ClaimKeeper(conversions, clock, attempts)

    async def __call__(self, event: Event) -> Disposition:
        """Handle a request. A cancellation gives the conversion back unfinished, at no cost to its attempts."""
        if not isinstance(event, ConversionRequested):
            return DeadLetter(f"no request for a conversion but {event.type}")
        try:
            claimed = await change_conversion(self._conversions, event.conversion_id, self._claim)
        except (ConversionNotFoundError, InvalidTransitionError):
            return Done()  # Deleted, cancelled, or the request was delivered again after the work was done.
        except LeaseHeldError as error:
            return RetryAfter(max(error.until - self._clock.now(), timedelta(0)), str(error))
        except AttemptsExhaustedError as error:
            return await self._give_up(event, error)
        await self._feed.publish(ConversionUpdate.of(claimed))
        try:
            return await self._hold_and_work(claimed)
        except (ClaimLostError, ConversionNotFoundError) as error:
            _log.info("%s Its work is dropped.", error)
            await self._discard_lost(claimed)
            return Done()
        except asyncio.CancelledError:
            await asyncio.shield(self._release(claimed))
            raise

    def _claim(self, conversion: Conversion) -> Conversion:
        return conversion.claim(self._clock.now(), holder=self._holder, lease_for=self._attempts.lease)

    async def _hold_and_work(self, claimed: Conversion) -> Disposition:
        working = asyncio.ensure_future(self._work(claimed))
        keeping = asyncio.ensure_future(self._keeper.keep(claimed))
        try:
            await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()  # Raises: the claim is lost.
            keeping.cancel()
            return await self._record(claimed, working)
        finally:
            keeping.cancel()
            working.cancel()
            await asyncio.gather(keeping, working, return_exceptions=True)

    async def _work(self, claimed: Conversion) -> tuple[Audio, float]:
        """Make and store the MP3; give it and the duration of the source's audio in seconds."""
        video = await self._media.open_seekable(claimed.source_media_id)
        try:
            async with self._extract_audio(video, claimed.options, self._reporter(claimed)) as extracted:
                stored = await self._media.write(claimed.audio_media_id(claimed.attempt), extracted.chunks())
                audio = Audio(
                    media_id=stored.id,
                    size=stored.size,
                    sha256=stored.sha256,
                    duration=extracted.duration,
                    bitrate=extracted.bitrate,
                )
                return audio, extracted.decoded
        finally:
            video.close()

    def _reporter(self, claimed: Conversion) -> Callable[[Progress], None]:
        sending: set[asyncio.Task[None]] = set()

        def report(progress: Progress) -> None:
            task = asyncio.ensure_future(self._feed.publish(ConversionUpdate.of(claimed, progress)))
            sending.add(task)
            task.add_done_callback(sending.discard)

        return report

    async def _record(
        self, claimed: Conversion, working: "asyncio.Future[tuple[Audio, float]]"
    ) -> Disposition:
        try:
            audio, source_duration = await working
        except ExtractionError as error:
            return await self._fail(claimed, error.failure)
        except OutOfSpaceError as error:
            return await self._fail(claimed, Failure(FailureCode.OUT_OF_SPACE, f"{error} Try again later."))
        except MediaNotFoundError as error:
            # The video goes only after its conversion has ended; if it has not, the store lost it.
            return await self._fail(claimed, _internal(claimed, error))
        except ServiceUnavailableError as error:
            return await self._fail(claimed, _internal(claimed, error))
        except Exception as error:  # noqa: BLE001  # whatever it is, the user must get an outcome and the log its cause
            return await self._fail(claimed, _internal(claimed, error))
        completed = await change_conversion(
            self._conversions,
            claimed.id,
            lambda stored: stored.complete(
                self._clock.now(),
                attempt=claimed.attempt,
                audio=audio,
                source_duration=source_duration,
                keep_for=self._retention.audio,
            ),
            lambda stored: [ConversionCompleted.of(stored)],
        )
        await self._ended(completed)
        return Done()

    async def _fail(self, claimed: Conversion, failure: Failure) -> Disposition:
        failed = await change_conversion(
            self._conversions,
            claimed.id,
            lambda stored: stored.fail(
                self._clock.now(), attempt=claimed.attempt, failure=failure, keep_for=self._retention.record
            ),
            _announce_failure,
        )
        await self._ended(failed)
        if failed.state is ConversionState.QUEUED:
            return RetryAfter(
                self._attempts.delay_after(claimed.attempt), f"{failure.code}: {failure.detail}"
            )
        if failure.code.is_final:
            return Done()
        return DeadLetter(f"{failure.code} after {failed.attempt} attempts: {failure.detail}")

    async def _give_up(self, event: ConversionRequested, error: AttemptsExhaustedError) -> Disposition:
        failure = Failure(
            FailureCode.INTERNAL_ERROR, "The conversion was begun several times and never ended."
        )
        try:
            failed = await change_conversion(
                self._conversions,
                event.conversion_id,
                lambda stored: stored.give_up(
                    self._clock.now(), failure=failure, keep_for=self._retention.record
                ),
                _announce_failure,
            )
        except (ConversionNotFoundError, InvalidTransitionError):
            return Done()
        _log.error("%s", error)
        await self._ended(failed)
        return DeadLetter(str(error))

    async def _ended(self, conversion: Conversion) -> None:
        await self._feed.publish(ConversionUpdate.of(conversion))
        await discard_media(self._media, conversion)

    async def _discard_lost(self, claimed: Conversion) -> None:
        """Delete what the lost attempt may have stored."""
        try:
            await self._media.delete(claimed.audio_media_id(claimed.attempt))
        except ServiceUnavailableError as error:
            _log.warning("Audio of conversion %s stays until the next sweep: %s", claimed.id, error)

    async def _release(self, claimed: Conversion) -> None:
        try:
            await change_conversion(
                self._conversions,
                claimed.id,
                lambda stored: stored.release(self._clock.now(), attempt=claimed.attempt),
            )
        except (ClaimLostError, ConversionNotFoundError):
            pass  # Nothing is held any more.
        except ServiceUnavailableError as error:
            _log.warning("Conversion %s could not be given back; its lease runs out: %s", claimed.id, error)


def _announce_failure(conversion: Conversion) -> list[Event]:
    return [ConversionFailed.of(conversion)] if conversion.state is ConversionState.FAILED else []


def _internal(claimed: Conversion, error: Exception) -> Failure:
    _log.error("Attempt %d of conversion %s broke.", claimed.attempt, claimed.id, exc_info=error)
    return Failure(FailureCode.INTERNAL_ERROR, "Something went wrong on our side.")
