"""Admits only users with a verified address to uploads, if the operator requires it."""

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import UnverifiedAddressError
from tracklift_domain.user.ports import VerifiedAddresses


class RequireVerifiedAddress:
    """Refuses users whose address is not verified."""

    def __init__(self, *, verified: VerifiedAddresses, required: bool) -> None:
        self._verified = verified
        self._required = required

    async def __call__(self, caller: Caller) -> None:
        """Admit the caller, also if the address was verified after the token was signed.

        Raises:
            UnverifiedAddressError: the address was never verified.
            ServiceUnavailableError: it can't be looked up.
        """
        if not self._required or caller.email_verified:
            return
        if not await self._verified.contains(caller.user_id, caller.email):
            raise UnverifiedAddressError
