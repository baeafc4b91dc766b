"""How a worker claims and releases a conversion."""

import asyncio
import logging
from contextlib import suppress

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.announcing.outcome_announcer import OutcomeAnnouncer
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.errors import (
    AttemptsExhaustedError,
    ClaimLostError,
    ConversionNotFoundError,
)
from tracklift_domain.conversion.optimistic_update import change_conversion
from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.conversion.running.lease_renewal import LeaseRenewal
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.failure import Failure, FailureCode
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.outlast_outage import outlast_outage
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_domain.user.ports import VerifiedAddresses

_log = logging.getLogger(__name__)
_NEVER_ENDED = Failure(
    FailureCode.INTERNAL_ERROR, "The conversion was started several times and never finished."
)


class Claims:
    """The claims of one worker."""

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        clock: Clock,
        holder: str,
        attempts: AttemptPolicy,
        retention: RetentionPolicy,
        verified: VerifiedAddresses,
    ) -> None:
        """Make the claims; `holder` names the worker in leases and in the log."""
        self._conversions = conversions
        self._clock = clock
        self._holder = holder
        self._attempts = attempts
        self._retention = retention
        self._announcer = OutcomeAnnouncer(conversions, verified)
        self._keeper = LeaseRenewal(conversions, clock, attempts)

    async def take(self, conversion_id: ConversionId) -> Conversion:
        """Claim a conversion, or fail it if no attempt is left.

        A cancellation leaves nothing claimed.

        Raises:
            ConversionNotFoundError: there is no such conversion.
            InvalidTransitionError: it has ended.
            LeaseHeldError: another worker holds it.
            ServiceUnavailableError: the storage can't be reached; nothing is claimed.
        """
        tried: list[Conversion] = []
        taking = asyncio.ensure_future(self._announcer.change(conversion_id, self._claim_or_give_up, tried))
        try:
            return await run_to_completion(taking)
        except asyncio.CancelledError:
            if tried:
                await run_to_completion(self.release(tried[-1]))
            raise
        except ServiceUnavailableError as error:
            if not tried:
                raise
            return await self._after_lost_answer(tried[-1], error)

    async def keep(self, claimed: Conversion) -> None:
        """Hold a claim until cancelled. Raises `ClaimLostError`."""
        await self._keeper.keep(claimed)

    async def give_back(self, claimed: Conversion) -> None:
        """Release a conversion, at no cost to its attempts, once the storage can be reached."""
        await outlast_outage(lambda: self._release(claimed), pause=self._attempts.storage_pause)

    async def release(self, claimed: Conversion) -> None:
        """Release a conversion at no cost to its attempts if the storage can be reached now; else its lease ends."""
        try:
            await self._release(claimed)
        except ServiceUnavailableError as error:
            _log.warning("Conversion %s could not be given back; its lease runs out: %s", claimed.id, error)

    async def _after_lost_answer(self, tried: Conversion, error: ServiceUnavailableError) -> Conversion:
        """Return the claim if it was stored after all: an unused claim would cost an attempt."""
        try:
            stored = await outlast_outage(
                lambda: self._conversions.get(tried.id), pause=self._attempts.storage_pause
            )
        except asyncio.CancelledError:
            await run_to_completion(self.release(tried))
            raise
        if stored != tried:
            raise error
        return stored

    def _claim_or_give_up(self, conversion: Conversion) -> Conversion:
        # In one step, so that no retry and no other claim can come in between.
        now = self._clock.now()
        try:
            return conversion.claim(now, holder=self._holder, lease_for=self._attempts.lease)
        except AttemptsExhaustedError:
            return conversion.give_up(now, failure=_NEVER_ENDED, keep_for=self._retention.record)

    async def _release(self, claimed: Conversion) -> None:
        with suppress(ClaimLostError, ConversionNotFoundError):  # The claim is gone already.
            await change_conversion(
                self._conversions, claimed.id, lambda stored: self._released(stored, claimed.attempt)
            )

    def _released(self, stored: Conversion, attempt: int) -> Conversion:
        # The attempt number alone does not suffice: if this claim was not stored, another worker may have the same one.
        if stored.lease is None or stored.lease.holder != self._holder:
            raise ClaimLostError(stored.id, attempt)
        return stored.release(self._clock.now(), attempt=attempt)
