"""Lets only users upload whose address is verified, where the operator wants it so."""

from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import UnverifiedAddressError
from tracklift_domain.user.ports import VerifiedAddresses


class RequireVerifiedAddress:
    """Refuses users who have not proved that they get their address's mail."""

    def __init__(self, *, verified: VerifiedAddresses, required: bool) -> None:
        self._verified = verified
        self._required = required

    async def __call__(self, caller: Caller) -> None:
        """Let the caller pass. One who has verified the address since the token was signed passes as well.

        Raises:
            UnverifiedAddressError: the address was never verified.
            ServiceUnavailableError: it can't be looked up.
        """
        if not self._required or caller.email_verified:
            return
        if not await self._verified.contains(caller.user_id, caller.email):
            raise UnverifiedAddressError
