"""What every inventory of conversions does."""

from datetime import timedelta

import pytest

from tests.contracts.examples import ADA, BOB, NOW, a_conversion
from tests.unit.builders import completed, converting, failed, queued
from tracklift_domain.conversion.announcing.ports import ConversionInventory
from tracklift_domain.conversion.owner import Owner
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.user.email_address import EmailAddress

_A_MOMENT = timedelta(microseconds=1)


class ConversionInventoryContract:
    """Inherited by the tests of each adapter, which give `inventory` and `conversions` of the same storage."""

    @pytest.fixture
    async def conversions(self) -> ConversionRepository:
        raise NotImplementedError

    @pytest.fixture
    async def inventory(self) -> ConversionInventory:
        raise NotImplementedError

    async def test_what_ended_is_given_and_nothing_else(
        self, inventory: ConversionInventory, conversions: ConversionRepository
    ) -> None:
        ended = [completed(1), failed(2)]
        for conversion in (*ended, queued(3), converting(4)):
            await conversions.add(conversion)

        found = [conversion async for conversion in inventory.ended_since(NOW)]

        assert sorted(found, key=lambda conversion: conversion.id) == ended

    async def test_what_ended_before_is_left_out(
        self, inventory: ConversionInventory, conversions: ConversionRepository
    ) -> None:
        await conversions.add(completed(1))

        assert [conversion async for conversion in inventory.ended_since(NOW + _A_MOMENT)] == []

    async def test_everybody_who_owns_a_conversion_is_named_once(
        self, inventory: ConversionInventory, conversions: ConversionRepository
    ) -> None:
        bob = Owner(user_id=BOB, email=EmailAddress("bob@example.org"), email_verified=True)
        for conversion in (a_conversion(1), a_conversion(2), a_conversion(3, owner=bob)):
            await conversions.add(conversion)

        assert sorted(await inventory.owners()) == sorted([ADA, BOB])

    async def test_a_user_without_conversions_is_not_named(
        self, inventory: ConversionInventory, conversions: ConversionRepository
    ) -> None:
        await conversions.add(completed(1))
        await conversions.remove(completed(1))

        assert list(await inventory.owners()) == []
        assert [conversion async for conversion in inventory.ended_since(NOW)] == []
