"""How a stored conversion is changed while others change it too."""

import pytest

from tests.contracts.examples import NOW
from tests.unit.builders import LEASE, converting, queued
from tests.unit.faults import raising
from tests.unit.workshop import Workshop
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.errors import ConversionNotFoundError, StaleConversionError
from tracklift_domain.conversion.events import ConversionRequested
from tracklift_domain.conversion.optimistic_update import change_conversion


def renewed(conversion: Conversion) -> Conversion:
    return conversion.renew(NOW, attempt=1, lease_for=LEASE)


async def test_a_lost_race_is_run_again_on_what_is_stored_then(workshop: Workshop) -> None:
    conversion = await workshop.keep(converting())

    async def be_faster() -> None:
        await workshop.stored.replace(renewed(await workshop.the_conversion()))

    workshop.faults.before("replace", *[be_faster] * 40)
    changed = await change_conversion(workshop.conversions, conversion.id, renewed)
    assert changed.revision == conversion.revision + 41
    assert await workshop.the_conversion() == changed


async def test_races_that_are_always_lost_come_to_an_end(workshop: Workshop) -> None:
    conversion = await workshop.keep(converting())
    workshop.faults.before("replace", *[raising(StaleConversionError(conversion.id))] * 1_000)
    with pytest.raises(StaleConversionError):
        await change_conversion(workshop.conversions, conversion.id, renewed)
    assert workshop.faults.calls.count("replace") == 50


async def test_only_the_change_that_is_stored_is_announced(workshop: Workshop) -> None:
    conversion = await workshop.keep(queued())

    async def be_faster() -> None:
        await workshop.stored.replace((await workshop.the_conversion()).request_again(NOW))

    workshop.faults.before("replace", be_faster)
    changed = await change_conversion(
        workshop.conversions,
        conversion.id,
        lambda stored: stored.request_again(NOW),
        lambda stored: [ConversionRequested.of(stored)],
    )
    assert await workshop.events() == [ConversionRequested.of(changed)]


async def test_what_is_not_there_cannot_be_changed(workshop: Workshop) -> None:
    with pytest.raises(ConversionNotFoundError):
        await change_conversion(workshop.conversions, queued().id, renewed)
