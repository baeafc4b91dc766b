"""Whom the outcome of an upload is mailed to, as its record says from the begin."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

import pytest

from tests.contracts.examples import ADA
from tests.unit.builders import ADA_CALLS
from tests.unit.upload.test_convert_again import WANTED as OTHER_OPTIONS
from tests.unit.upload.test_convert_again import kept
from tests.unit.workshop import Workshop, an_upload
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.upload.begin_upload import WantedUpload

UNVERIFIED = replace(ADA_CALLS, email_verified=False)
"""Ada, as a token calls her that was signed before she followed the link in the mail."""


async def in_one_request(workshop: Workshop) -> Conversion:
    return await workshop.submit()(UNVERIFIED, an_upload())


async def in_parts(workshop: Workshop) -> Conversion:
    wanted = WantedUpload(name="talk.mp4", length=9, options=AudioOptions())
    begun = await workshop.gateway.begin_upload()(UNVERIFIED, wanted)
    return await workshop.stored.get(begun.id)


async def of_a_video_that_is_there(workshop: Workshop) -> Conversion:
    done = await workshop.keep(kept())
    return await workshop.again()(UNVERIFIED, done.id, OTHER_OPTIONS)


WAYS = pytest.mark.parametrize("upload", [in_one_request, in_parts, of_a_video_that_is_there])


@WAYS
async def test_who_has_verified_the_address_since_the_token_was_signed_is_mailed(
    workshop: Workshop, upload: Callable[[Workshop], Awaitable[Conversion]]
) -> None:
    await workshop.verified.record(ADA, ADA_CALLS.email)

    assert (await upload(workshop)).owner.email_verified


@WAYS
async def test_who_has_not_is_not(
    workshop: Workshop, upload: Callable[[Workshop], Awaitable[Conversion]]
) -> None:
    assert not (await upload(workshop)).owner.email_verified
