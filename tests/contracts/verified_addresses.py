"""What everything that remembers verified addresses must do."""

import asyncio
from abc import abstractmethod

import pytest

from tests.contracts.examples import ADA, BOB
from tracklift_domain.user.email_address import EmailAddress
from tracklift_domain.user.ports import VerifiedAddresses

ADDRESS = EmailAddress("ada@example.org")
OTHER_ADDRESS = EmailAddress("ada.lovelace@example.org")


class VerifiedAddressesContract:
    """Inherit and override the fixture."""

    @pytest.fixture
    @abstractmethod
    def verified(self) -> VerifiedAddresses:
        """Give an empty memory."""
        raise NotImplementedError

    async def test_an_address_is_not_verified_before_it_is_recorded(
        self, verified: VerifiedAddresses
    ) -> None:
        assert not await verified.contains(ADA, ADDRESS)

    async def test_a_recorded_address_is_verified_for_its_user_alone(
        self, verified: VerifiedAddresses
    ) -> None:
        await verified.record(ADA, ADDRESS)

        assert await verified.contains(ADA, ADDRESS)
        assert not await verified.contains(ADA, OTHER_ADDRESS)
        assert not await verified.contains(BOB, ADDRESS)

    async def test_recording_it_again_changes_nothing(self, verified: VerifiedAddresses) -> None:
        await verified.record(ADA, ADDRESS)

        await verified.record(ADA, ADDRESS)

        assert await verified.contains(ADA, ADDRESS)

    async def test_another_address_takes_the_place_of_the_first(self, verified: VerifiedAddresses) -> None:
        await verified.record(ADA, ADDRESS)

        await verified.record(ADA, OTHER_ADDRESS)

        assert await verified.contains(ADA, OTHER_ADDRESS)
        assert not await verified.contains(ADA, ADDRESS)

    async def test_a_forgotten_user_has_no_verified_address(self, verified: VerifiedAddresses) -> None:
        await verified.record(ADA, ADDRESS)
        await verified.record(BOB, OTHER_ADDRESS)

        await verified.forget(ADA)

        assert not await verified.contains(ADA, ADDRESS)
        assert await verified.contains(BOB, OTHER_ADDRESS)

    async def test_forgetting_a_user_who_is_not_known_is_no_error(self, verified: VerifiedAddresses) -> None:
        await verified.forget(ADA)

    async def test_many_may_record_the_same_at_once(self, verified: VerifiedAddresses) -> None:
        await asyncio.gather(*(verified.record(ADA, ADDRESS) for _ in range(20)))

        assert await verified.contains(ADA, ADDRESS)
