"""Does the work of one conversion: claim, extract, store, record, announce."""

import asyncio
import logging
from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.audio import Audio
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ClaimLostError,
    ConversionNotFoundError,
    InvalidTransitionError,
    LeaseHeldError,
)
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.running.claiming import Claims
from tracklift_domain.conversion.running.make_audio import MakeAudio
from tracklift_domain.conversion.running.outcome_recorder import OutcomeRecorder
from tracklift_domain.conversion.source_media import ReduceSource
from tracklift_domain.conversion.watching.conversion_update import ConversionUpdate
from tracklift_domain.conversion.watching.ports import UpdateFeed
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.extraction.errors import ExtractionError
from tracklift_domain.extraction.extract_audio import Extraction
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.extraction.failures import internal_error
from tracklift_domain.media.errors import MediaLostError, MediaNotFoundError, OutOfSpaceError
from tracklift_domain.messaging.delivery import DeadLetter, Disposition, Done, RetryAfter
from tracklift_domain.run_to_completion import run_to_completion

_log = logging.getLogger(__name__)


class RunConversion:
    """Converts one video on request, whatever happened to earlier requests for it.

    A worker that lost its claim can't record an outcome; an outcome is recorded once, together with the event that
    announces it. An outage of the storage costs no attempt: the worker continues where it was, or
    releases the conversion once the storage can be reached again.
    """

    def __init__(
        self,
        *,
        claims: Claims,
        make_audio: MakeAudio,
        outcomes: OutcomeRecorder,
        reduce_source: ReduceSource,
        feed: UpdateFeed,
        clock: Clock,
    ) -> None:
        self._claims = claims
        self._make_audio = make_audio
        self._outcomes = outcomes
        self._reduce_source = reduce_source
        self._feed = feed
        self._clock = clock

    async def __call__(self, event: Event) -> Disposition:
        """Handle a request. A cancellation releases the conversion unfinished and costs no attempt.

        Raises:
            ServiceUnavailableError: the storage can't be reached, so the request must be redelivered.
        """
        if not isinstance(event, ConversionRequested):
            return DeadLetter(f"unexpected event type {event.type}")
        try:
            taken = await self._claims.take(event.conversion_id)
        except (ConversionNotFoundError, InvalidTransitionError) as error:
            # Deleted, cancelled, or the request was redelivered after the work was done.
            _log.info("A request is dropped: %s", error)
            await self._outcomes.clean_up(event.conversion_id)
            await self._reduce_source(event.conversion_id)
            return Done()
        except LeaseHeldError as error:
            return RetryAfter(max(error.until - self._clock.now(), timedelta(0)), str(error))
        if taken.state is ConversionState.FAILED:
            return await self._outcomes.give_up(taken)
        try:
            disposition = await self._work_through_outages(taken)
        except asyncio.CancelledError:
            await run_to_completion(self._claims.release(taken))
            raise
        if isinstance(disposition, Done):
            # The user has the MP3 by now. If this breaks off, the request is redelivered and reduced above.
            await self._reduce_source(taken.id)
        return disposition

    async def _work_through_outages(self, claimed: Conversion) -> Disposition:
        try:
            await self._feed.publish(ConversionUpdate.of(claimed))
            return await self._hold_and_work(claimed)
        except (ClaimLostError, ConversionNotFoundError) as error:
            _log.info("%s Its work is dropped.", error)
            return await self._outcomes.leave(claimed)
        except ServiceUnavailableError:
            await self._claims.give_back(claimed)
            raise

    async def _hold_and_work(self, claimed: Conversion) -> Disposition:
        working = asyncio.ensure_future(self._make_audio(claimed))
        keeping = asyncio.ensure_future(self._claims.keep(claimed))
        try:
            await asyncio.wait({working, keeping}, return_when=asyncio.FIRST_COMPLETED)
            if keeping.done():
                keeping.result()  # Raises: the claim is lost.
            return await self._record(claimed, working)
        finally:
            keeping.cancel()
            working.cancel()
            await asyncio.gather(keeping, working, return_exceptions=True)

    async def _record(
        self, claimed: Conversion, working: "asyncio.Future[tuple[Audio, Extraction]]"
    ) -> Disposition:
        try:
            audio, extraction = await working
        except ExtractionError as error:
            return await self._outcomes.fail(claimed, error.failure)
        except OutOfSpaceError as error:
            failure = Failure(FailureCode.OUT_OF_SPACE, f"{error} Try again later.")
            return await self._outcomes.fail(claimed, failure)
        except (MediaLostError, MediaNotFoundError) as error:
            return await self._outcomes.fail_for_loss(claimed, error)
        except ServiceUnavailableError:
            raise
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001  # the user must get an outcome, the log its cause
            # The work has ended, so a cancellation came from inside it and not from the consumer.
            _log.error("Attempt %d of conversion %s broke.", claimed.attempt, claimed.id, exc_info=error)
            return await self._outcomes.fail(claimed, internal_error().failure)
        return await self._outcomes.complete(claimed, audio, extraction)
