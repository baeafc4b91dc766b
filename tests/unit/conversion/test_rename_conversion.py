"""A conversion is called what its owner calls it."""

import asyncio

import pytest

from tests.unit.builders import ADA_CALLS, BOB_CALLS, completed, converting, uploading
from tests.unit.workshop import Workshop
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import (
    ConversionNotFoundError,
    InvalidNameError,
    InvalidTransitionError,
)
from tracklift_domain.conversion.events import ConversionCompleted, ConversionRequested
from tracklift_domain.conversion.library.rename_conversion import RenameConversion
from tracklift_domain.messaging.delivery import Done


def rename(workshop: Workshop) -> RenameConversion:
    return workshop.gateway.rename_conversion()


async def test_the_video_and_its_mp3_have_the_new_name(workshop: Workshop) -> None:
    """And who watches it is told."""
    conversion = await workshop.keep(completed())

    renamed = await rename(workshop)(ADA_CALLS, conversion.id, "Ada on engines")

    assert renamed == await workshop.the_conversion()
    assert renamed.source.name == "Ada on engines.mp4"
    assert renamed.audio_name == "Ada on engines.mp3"
    assert renamed.audio == conversion.audio
    assert [(each.conversion_id, each.state) for each in workshop.feed.published] == [
        (conversion.id, ConversionState.COMPLETED)
    ]


async def test_one_that_is_being_converted_is_announced_with_the_new_name(workshop: Workshop) -> None:
    conversion = converting().release(workshop.clock.now(), attempt=1)
    await workshop.keep(conversion)

    await rename(workshop)(ADA_CALLS, conversion.id, "Renamed")

    assert await workshop.run()(ConversionRequested.of(conversion)) == Done()
    (event,) = await workshop.events()
    assert isinstance(event, ConversionCompleted)
    assert (event.video_name, event.audio_name) == ("Renamed.mp4", "Renamed.mp3")


async def test_two_renames_at_once_end_in_one_of_them(workshop: Workshop) -> None:
    conversion = await workshop.keep(completed())

    await asyncio.gather(
        *(rename(workshop)(ADA_CALLS, conversion.id, name) for name in ("One", "Two", "Three"))
    )

    stored = await workshop.the_conversion()
    assert stored.source.name in {"One.mp4", "Two.mp4", "Three.mp4"}
    assert stored.revision == conversion.revision + 3


async def test_a_name_that_will_not_do_changes_nothing(workshop: Workshop) -> None:
    conversion = await workshop.keep(completed())

    with pytest.raises(InvalidNameError):
        await rename(workshop)(ADA_CALLS, conversion.id, "two\nlines")

    assert await workshop.the_conversion() == conversion
    assert workshop.feed.published == []


async def test_one_whose_video_is_still_coming_in_keeps_its_name(workshop: Workshop) -> None:
    conversion = await workshop.keep(uploading())

    with pytest.raises(InvalidTransitionError):
        await rename(workshop)(ADA_CALLS, conversion.id, "Sooner")


async def test_that_of_somebody_else_is_not_found(workshop: Workshop) -> None:
    conversion = await workshop.keep(completed())

    with pytest.raises(ConversionNotFoundError):
        await rename(workshop)(BOB_CALLS, conversion.id, "Mine")

    assert await workshop.the_conversion() == conversion
