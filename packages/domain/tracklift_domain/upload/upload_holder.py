"""Lets one request at a time hold an upload."""

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
    """Claims uploads for requests and releases them."""

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
        """Claim the upload for a new request; the revision of the returned conversion is the request's fencing token.

        Raises:
            UploadLockedError: another request holds the upload, or has just finished or removed it.
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
            # Bytes that arrived since the last renewal will extend the lease; it is renewed three times in its span.
            left = error.until - self._clock.now() + self._terms.lease / 3
            raise UploadLockedError(upload_id, min(left, self._terms.lease)) from error
        except (InvalidTransitionError, ConversionNotFoundError) as error:
            raise UploadLockedError(upload_id, RACE_LASTS) from error

    def superseded(self, held: Conversion) -> UploadLockedError:
        """Make the error for a request whose upload another request has taken over."""
        return UploadLockedError(held.id, self._terms.lease)

    def lease(self, held: Conversion) -> UploadLease:
        """Return the object that renews the lease while the request is alive."""
        return UploadLease(held, self._conversions, self._clock, self._terms)

    async def let_go(self, held: Conversion) -> Conversion:
        """Release the upload for the next request if this one still holds it; return the conversion afterwards."""
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
            pass  # It has another holder, or no longer needs one.
        except ServiceUnavailableError as error:
            _log.warning("Upload %s is held until its lease runs out: %s", held.id, error)
        return held
