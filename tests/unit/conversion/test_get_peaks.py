"""Peaks are the owner's to see, as long as there is an MP3."""

import pytest

from tests.contracts.examples import NOW
from tests.unit.builders import ADA_CALLS, BOB_CALLS, KEEP, an_audio, converting, expired, queued
from tests.unit.workshop import Workshop
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.errors import (
    AudioExpiredError,
    AudioNotReadyError,
    ConversionNotFoundError,
    PeaksNotFoundError,
)
from tracklift_domain.conversion.library.get_peaks import GetPeaks

PEAKS = b"\x01\x02\xff"


async def kept(workshop: Workshop, *, peaks: bytes) -> Conversion:
    conversion = converting()
    audio = an_audio(conversion, peaks=peaks)
    return await workshop.keep(
        conversion.complete(NOW, attempt=1, audio=audio, source_duration=2.5, keep_for=KEEP)
    )


async def test_the_owner_gets_the_peaks_of_the_mp3(workshop: Workshop) -> None:
    conversion = await kept(workshop, peaks=PEAKS)

    assert await get_peaks(workshop)(ADA_CALLS, conversion.id) == PEAKS


async def test_somebody_else_finds_no_such_conversion(workshop: Workshop) -> None:
    conversion = await kept(workshop, peaks=PEAKS)

    with pytest.raises(ConversionNotFoundError):
        await get_peaks(workshop)(BOB_CALLS, conversion.id)


async def test_an_mp3_of_which_none_are_kept_has_none(workshop: Workshop) -> None:
    conversion = await kept(workshop, peaks=b"")

    with pytest.raises(PeaksNotFoundError) as raised:
        await get_peaks(workshop)(ADA_CALLS, conversion.id)

    assert raised.value.conversion_id == conversion.id


@pytest.mark.parametrize(
    ("conversion", "error"), [(queued(), AudioNotReadyError), (expired(), AudioExpiredError)]
)
async def test_there_are_none_without_an_mp3(
    workshop: Workshop, conversion: Conversion, error: type[Exception]
) -> None:
    await workshop.keep(conversion)

    with pytest.raises(error):
        await get_peaks(workshop)(ADA_CALLS, conversion.id)


def get_peaks(workshop: Workshop) -> GetPeaks:
    return workshop.gateway.get_peaks()
