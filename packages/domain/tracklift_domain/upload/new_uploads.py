"""Creates the record with which each upload begins, however its bytes are sent."""

from datetime import timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.owner import Owner
from tracklift_domain.conversion.policies import AttemptPolicy
from tracklift_domain.conversion.source_video import SourceVideo
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.identifiers import ConversionId, IdentifierSource
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.ports import VerifiedAddresses


class NewUploads:
    """Creates the records of new uploads."""

    def __init__(
        self,
        *,
        clock: Clock,
        identifiers: IdentifierSource,
        verified: VerifiedAddresses,
        attempts: AttemptPolicy,
    ) -> None:
        self._clock = clock
        self._identifiers = identifiers
        self._verified = verified
        self._attempts = attempts

    async def __call__(
        self, caller: Caller, source: SourceVideo, *, lasts: timedelta, idempotency_key: str | None
    ) -> Conversion:
        """Create the record of an upload that expires after `lasts`, without storing it.

        Raises:
            ServiceUnavailableError: the storage that tells whether the caller's address is verified can't be reached.
        """
        owner = await self._owner(caller)
        now = self._clock.now()
        return Conversion(
            id=ConversionId(self._identifiers.new()),
            owner=owner,
            state=ConversionState.UPLOADING,
            source=source,
            options=AudioOptions(),
            attempt_limit=self._attempts.attempts,
            created_at=now,
            updated_at=now,
            expires_at=now + lasts,
            idempotency_key=idempotency_key,
        )

    async def _owner(self, caller: Caller) -> Owner:
        # The address may have been verified since the caller's token was signed.
        verified = caller.email_verified or await self._verified.contains(caller.user_id, caller.email)
        return Owner(user_id=caller.user_id, email=caller.email, email_verified=verified)
