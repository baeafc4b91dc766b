"""Uploads in parts are begun, begun again with a key, and begun by several requests at once."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pytest

from tests.unit.builders import ADA_CALLS
from tests.unit.faults import raising
from tests.unit.workshop import LIMITS, VIDEO, Workshop, an_upload, in_chunks
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionExistsError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import MediaTooLargeError
from tracklift_domain.upload.append_to_upload import UploadPart
from tracklift_domain.upload.begin_upload import WantedUpload
from tracklift_domain.upload.errors import (
    EmptyUploadError,
    IdempotencyKeyReusedError,
    IncompleteUploadError,
    TooManyConversionsError,
    UploadGoneError,
    UploadInProgressError,
)
from tracklift_domain.upload.resumable_upload import UploadStatus

LENGTH = len(VIDEO)
WANTED = WantedUpload(length=LENGTH, name="talk.mp4", options=AudioOptions(), idempotency_key="a key")


async def begin(workshop: Workshop, wanted: WantedUpload = WANTED) -> UploadStatus:
    """Begin an upload of Ada's."""
    return await workshop.gateway.begin_upload()(ADA_CALLS, wanted)


async def send(workshop: Workshop, upload_id: ConversionId, end: int = LENGTH) -> None:
    """Send bytes from the beginning of the video."""
    part = UploadPart(offset=0, chunks=in_chunks(VIDEO[:end]))
    await workshop.gateway.append_to_upload()(ADA_CALLS, upload_id, part)


async def broken_off() -> AsyncIterator[bytes]:
    """Give some bytes, and break off."""
    yield VIDEO[:5]
    raise IncompleteUploadError("the line was cut")


@pytest.mark.parametrize(
    ("length", "error"), [(0, EmptyUploadError), (LIMITS.largest_video + 1, MediaTooLargeError)]
)
async def test_what_is_too_short_or_too_long_is_not_begun(
    workshop: Workshop, length: int, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await begin(workshop, replace(WANTED, length=length))
    assert await workshop.owned() == []


class TestTheSameKey:
    async def test_it_finds_an_upload_however_far_it_is(self, workshop: Workshop) -> None:
        first = await begin(workshop)
        assert await begin(workshop) == first
        await send(workshop, first.id, 5)
        assert (await begin(workshop)).offset == 5
        part = UploadPart(offset=5, chunks=in_chunks(VIDEO[5:]))
        await workshop.gateway.append_to_upload()(ADA_CALLS, first.id, part)

        again = await begin(workshop)

        assert (again.id, again.offset) == (first.id, LENGTH)
        assert (await workshop.the_conversion()).state is ConversionState.QUEUED

    @pytest.mark.parametrize(
        ("other", "is_finished"),
        [
            ({"name": "other.mp4"}, False),
            ({"length": LENGTH + 1}, False),
            ({"length": LENGTH + 1}, True),
            ({"options": AudioOptions(bitrate=64)}, False),
            ({"options": AudioOptions(bitrate=64)}, True),
        ],
    )
    async def test_it_is_refused_for_another_video(
        self, workshop: Workshop, other: dict[str, Any], *, is_finished: bool
    ) -> None:
        first = await begin(workshop)
        if is_finished:
            await send(workshop, first.id)

        with pytest.raises(IdempotencyKeyReusedError):
            await begin(workshop, replace(WANTED, **other))

    async def test_it_finds_a_finished_upload_that_was_renamed(self, workshop: Workshop) -> None:
        """The client that repeats its request sends the name of before."""
        first = await begin(workshop)
        await send(workshop, first.id)
        await workshop.gateway.rename_conversion()(ADA_CALLS, first.id, "another name")

        again = await begin(workshop)

        assert (again.id, again.offset) == (first.id, LENGTH)

    async def test_it_is_told_that_an_upload_was_cancelled(self, workshop: Workshop) -> None:
        first = await begin(workshop)
        await workshop.cancel()(ADA_CALLS, first.id)

        with pytest.raises(UploadGoneError):
            await begin(workshop)

    async def test_it_waits_for_an_upload_in_one_request(self, workshop: Workshop) -> None:
        async def meanwhile() -> AsyncIterator[bytes]:
            yield VIDEO[:5]
            with pytest.raises(UploadInProgressError):
                await begin(workshop)
            yield VIDEO[5:]

        await workshop.submit()(ADA_CALLS, an_upload(meanwhile(), key="a key"))

        assert (await workshop.the_conversion()).state is ConversionState.QUEUED


class TestSeveralRequestsAtOnce:
    async def test_with_one_key_they_begin_one_upload(self, workshop: Workshop) -> None:
        begun: list[UploadStatus] = []

        async def faster() -> None:
            begun.append(await begin(workshop))

        workshop.faults.before("add", faster)

        assert [await begin(workshop)] == begun
        assert len(await workshop.owned()) == 1

    async def test_a_faster_one_that_is_gone_again_is_told_of(self, workshop: Workshop) -> None:
        workshop.faults.before("add", raising(ConversionExistsError(ConversionId("another"))))

        with pytest.raises(UploadInProgressError):
            await begin(workshop)

    async def test_one_above_the_limit_leaves_nothing_behind(self, workshop: Workshop) -> None:
        without_key = replace(WANTED, idempotency_key=None)
        for _ in range(LIMITS.unfinished_per_user - 1):
            await begin(workshop, without_key)

        async def faster() -> None:
            await begin(workshop, without_key)

        workshop.faults.before("add", faster)
        with pytest.raises(TooManyConversionsError):
            await begin(workshop, without_key)

        assert len(await workshop.owned()) == LIMITS.unfinished_per_user


class TestWithTheFirstBytes:
    async def test_one_that_is_further_already_is_given(self, workshop: Workshop) -> None:
        first = await begin(workshop)
        await send(workshop, first.id, 5)

        part = UploadPart(offset=0, chunks=in_chunks(VIDEO))
        again = await workshop.gateway.begin_upload_with_bytes()(ADA_CALLS, WANTED, part)

        assert (again.id, again.offset) == (first.id, 5)

    @pytest.mark.parametrize("key", ["a key", None])
    async def test_one_that_breaks_off_stays_if_its_client_can_find_it(
        self, workshop: Workshop, key: str | None
    ) -> None:
        part = UploadPart(offset=0, chunks=broken_off())

        with pytest.raises(IncompleteUploadError):
            await workshop.gateway.begin_upload_with_bytes()(
                ADA_CALLS, replace(WANTED, idempotency_key=key), part
            )

        assert len(await workshop.owned()) == (0 if key is None else 1)
        if key is not None:
            assert (await begin(workshop)).offset == 5
