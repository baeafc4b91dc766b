"""The operator may ask for a verified address before an upload."""

import pytest

from tests.contracts.examples import ADA, BOB
from tracklift_adapters.in_memory.verified_addresses import InMemoryVerifiedAddresses
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.access.errors import UnverifiedAddressError
from tracklift_domain.user.access.require_verified_address import RequireVerifiedAddress
from tracklift_domain.user.email_address import EmailAddress

ADDRESS = EmailAddress("ada@example.org")
UNVERIFIED = Caller(user_id=ADA, email=ADDRESS)


async def test_every_user_passes_where_it_is_not_asked_for() -> None:
    await RequireVerifiedAddress(verified=InMemoryVerifiedAddresses(), required=False)(UNVERIFIED)


async def test_a_user_whose_token_says_so_passes() -> None:
    require = RequireVerifiedAddress(verified=InMemoryVerifiedAddresses(), required=True)

    await require(Caller(user_id=ADA, email=ADDRESS, email_verified=True))


async def test_a_user_who_has_verified_the_address_since_passes() -> None:
    verified = InMemoryVerifiedAddresses()
    await verified.record(ADA, ADDRESS)

    await RequireVerifiedAddress(verified=verified, required=True)(UNVERIFIED)


async def test_any_other_does_not() -> None:
    """Nor one who has verified another address, nor another user with this one."""
    verified = InMemoryVerifiedAddresses()
    await verified.record(ADA, EmailAddress("other@example.org"))
    await verified.record(BOB, ADDRESS)

    with pytest.raises(UnverifiedAddressError):
        await RequireVerifiedAddress(verified=verified, required=True)(UNVERIFIED)
