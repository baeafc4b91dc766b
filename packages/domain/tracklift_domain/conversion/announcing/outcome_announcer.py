"""Storing outcomes with the event that announces them, and with whether the user is mailed."""

from collections.abc import Callable

from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.events import outcome_of
from tracklift_domain.conversion.optimistic_update import repeat_when_stale
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.user.ports import VerifiedAddresses


class OutcomeAnnouncer:
    """Stores a worker's changes of conversions.

    Whether an address was verified since the upload is looked up in the step that stores the outcome. So the stored
    record and its event agree on whether the outcome is mailed.
    """

    def __init__(self, conversions: ConversionRepository, verified: VerifiedAddresses) -> None:
        self._conversions = conversions
        self._verified = verified

    async def change(
        self,
        conversion_id: ConversionId,
        transition: Callable[[Conversion], Conversion],
        tried: list[Conversion] | None = None,
    ) -> Conversion:
        """Apply a transition as `change_conversion` does, and announce the conversion if it completes or fails.

        `tried` collects the conversions to store, before each try.
        """
        return await repeat_when_stale(
            lambda: self._try_change(conversion_id, transition, [] if tried is None else tried)
        )

    async def _try_change(
        self,
        conversion_id: ConversionId,
        transition: Callable[[Conversion], Conversion],
        tried: list[Conversion],
    ) -> Conversion:
        changed = await self._with_current_address(transition(await self._conversions.get(conversion_id)))
        tried.append(changed)
        await self._conversions.replace(changed, [outcome_of(changed)] if changed.state.is_outcome else [])
        return changed

    async def _with_current_address(self, conversion: Conversion) -> Conversion:
        owner = conversion.owner
        if not conversion.state.is_outcome or owner.email_verified:
            return conversion
        verified = await self._verified.contains(owner.user_id, owner.email)
        return conversion.with_verified_address(verified=verified)
