"""How one request after another holds an upload."""

import logging

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.errors import (
    ConversionNotFoundError,
    InvalidTransitionError,
    LeaseHeldError,
)
from tracklift_domain.conversion.optimistic_update import change_conversion
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.identifiers import ConversionId, IdentifierSource
from tracklift_domain.upload.accepting import RACE_LASTS
from tracklift_domain.upload.errors import UploadLockedError
from tracklift_domain.upload.upload_lease import HoldingTerms, UploadLease

_log = logging.getLogger(__name__)


class UploadHolder:
    """Claims uploads for requests and lets go of them."""

    def __init__(
        self,
        conversions: ConversionRepository,
        clock: Clock,
        identifiers: IdentifierSource,
        retention: RetentionPolicy,
    ) -> None:
        self._conversions = conversions
        self._clock = clock
        self._identifiers = identifiers
        self._retention = retention

    @property
    def _terms(self) -> HoldingTerms:
        return HoldingTerms.of_parts(self._retention)

    async def claim(self, upload_id: ConversionId) -> Conversion:
        """Take the upload for a new request; the revision of what is given serves as its fencing token.

        Raises:
            UploadLockedError: another request holds it, or has just ended it.
        """
        holder = self._identifiers.new()
        try:
            return await change_conversion(
                self._conversions,
                upload_id,
                lambda stored: stored.claim_upload(
                    self._clock.now(), holder=holder, lease_for=self._terms.lease
                ),
            )
        except LeaseHeldError as error:
            # Bytes that came since the lease was renewed last make it longer; it is renewed three times in its span.
            left = error.until - self._clock.now() + self._terms.lease / 3
            raise UploadLockedError(upload_id, min(left, self._terms.lease)) from error
        except (InvalidTransitionError, ConversionNotFoundError) as error:
            raise UploadLockedError(upload_id, RACE_LASTS) from error

    def superseded(self, held: Conversion) -> UploadLockedError:
        """Make the error for a request that another one has taken the upload from."""
        return UploadLockedError(held.id, self._terms.lease)

    def lease(self, held: Conversion) -> UploadLease:
        """Give what renews the lease while the request lives."""
        return UploadLease(held, self._conversions, self._clock, self._terms)

    async def let_go(self, held: Conversion) -> Conversion:
        """Free the upload for the next request, if this one still holds it; give it as it is then."""
        holder = held.lease.holder if held.lease else ""
        try:
            return await change_conversion(
                self._conversions,
                held.id,
                lambda stored: stored.pause_upload(
                    self._clock.now(), holder=holder, lasts=self._terms.record
                ),
            )
        except (InvalidTransitionError, ConversionNotFoundError, LeaseHeldError):
            pass  # It has another holder, or needs none any more.
        except ServiceUnavailableError as error:
            _log.warning("Upload %s is held until its lease runs out: %s", held.id, error)
        return held
