"""How a worker keeps its claim on a conversion."""

import asyncio
import logging

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ClaimLostError, ConversionNotFoundError
from tracklift_domain.conversion.optimistic_update import change_conversion
from tracklift_domain.conversion.policies import AttemptPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.errors import ServiceUnavailableError

_log = logging.getLogger(__name__)


class LeaseRenewal:
    """Renews the lease of a claimed conversion and notices when the claim is lost."""

    def __init__(self, conversions: ConversionRepository, clock: Clock, policy: AttemptPolicy) -> None:
        self._conversions = conversions
        self._clock = clock
        self._policy = policy

    async def keep(self, claimed: Conversion) -> None:
        """Hold the claim until cancelled.

        While the storage can't be reached, the claim is assumed to be valid, even after the lease has expired.
        If another worker has claimed the conversion by then, this is found once the storage is back.

        Raises:
            ClaimLostError: the conversion was cancelled, deleted or claimed by another.
        """
        # From the time of the claim, as in the stored lease, and not from now: announcing the claim took time.
        lease_until = claimed.updated_at + self._policy.lease
        down = False
        while True:
            await asyncio.sleep(self._policy.watch_every.total_seconds())
            now = self._clock.now()
            try:
                if lease_until - now > self._policy.lease * 2 / 3:
                    self._check(claimed, await self._conversions.get(claimed.id))
                else:
                    await self._renew(claimed)
                    lease_until = now + self._policy.lease
                down = False
            except ConversionNotFoundError as error:
                raise ClaimLostError(claimed.id, claimed.attempt) from error
            except ServiceUnavailableError as error:
                if not down:
                    _log.warning("The lease of conversion %s can't be renewed now: %s", claimed.id, error)
                down = True

    async def _renew(self, claimed: Conversion) -> None:
        await change_conversion(
            self._conversions,
            claimed.id,
            lambda stored: stored.renew(
                self._clock.now(), attempt=claimed.attempt, lease_for=self._policy.lease
            ),
        )

    @staticmethod
    def _check(claimed: Conversion, stored: Conversion) -> None:
        if stored.state is not ConversionState.CONVERTING or stored.attempt != claimed.attempt:
            raise ClaimLostError(claimed.id, claimed.attempt)
