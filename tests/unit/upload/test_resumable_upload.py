"""Uploads in parts: what happens between requests, between processes, and at the end of their time."""

import asyncio
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Coroutine
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.unit.builders import ADA_CALLS, uploading
from tests.unit.faults import down, raising
from tests.unit.workshop import RETENTION, VIDEO, Workshop, in_chunks
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.identifiers import ConversionId
from tracklift_domain.media.errors import WriterSupersededError, WrongOffsetError
from tracklift_domain.upload.append_to_upload import UploadPart
from tracklift_domain.upload.begin_upload import WantedUpload
from tracklift_domain.upload.checksum import Checksum, ChecksumAlgorithm
from tracklift_domain.upload.errors import (
    IncompleteUploadError,
    NotAVideoError,
    UploadGoneError,
    UploadLockedError,
    UploadNotFoundError,
)
from tracklift_domain.upload.upload_lease import HoldingTerms, UploadLease

LENGTH = len(VIDEO)


async def begin(workshop: Workshop) -> ConversionId:
    """Begin the upload of the video."""
    wanted = WantedUpload(length=LENGTH, name="talk.mp4", options=AudioOptions(bitrate=64))
    return (await workshop.gateway.begin_upload()(ADA_CALLS, wanted)).id


async def send(workshop: Workshop, upload_id: ConversionId, start: int = 0, end: int = LENGTH) -> int:
    """Send bytes of the video, and give how many are stored then."""
    part = UploadPart(offset=start, chunks=in_chunks(VIDEO[start:end]))
    return (await workshop.gateway.append_to_upload()(ADA_CALLS, upload_id, part)).offset


async def test_an_upload_that_was_stored_whole_and_not_queued_is_completed_when_asked_for(
    workshop: Workshop,
) -> None:
    """As its process died in between: a client takes it for finished, and never sends anything more."""
    upload_id = await begin(workshop)
    workshop.faults.before("replace", *[_pass] * 1, raising(down()), raising(down()))
    with pytest.raises(ServiceUnavailableError):
        await send(workshop, upload_id)
    workshop.faults.clear()
    assert (await workshop.the_conversion()).state is ConversionState.UPLOADING
    workshop.clock.advance(RETENTION.append_lease)

    status = await workshop.gateway.get_upload()(ADA_CALLS, upload_id)

    assert (status.offset, status.length, status.expires_at) == (LENGTH, LENGTH, None)
    conversion = await workshop.the_conversion()
    assert conversion.state is ConversionState.QUEUED
    assert conversion.source.sha256 == hashlib.sha256(VIDEO).hexdigest()
    assert conversion.options.bitrate == 64
    assert len(await workshop.events()) == 1


async def test_an_upload_whose_video_comes_in_one_request_is_none_that_goes_on(workshop: Workshop) -> None:
    conversion = uploading()
    await workshop.conversions.add(conversion)

    with pytest.raises(UploadNotFoundError):
        await workshop.gateway.get_upload()(ADA_CALLS, conversion.id)


async def test_an_upload_whose_time_is_over_is_gone_before_it_is_swept(workshop: Workshop) -> None:
    upload_id = await begin(workshop)
    workshop.clock.advance(timedelta(days=365))

    with pytest.raises(UploadGoneError):
        await workshop.gateway.get_upload()(ADA_CALLS, upload_id)


async def test_what_is_told_of_an_upload_is_how_much_of_it_is_stored(workshop: Workshop) -> None:
    upload_id = await begin(workshop)
    await send(workshop, upload_id, end=10)
    part = await workshop.gateway.get_upload()(ADA_CALLS, upload_id)
    await send(workshop, upload_id, start=10)

    whole = await workshop.gateway.get_upload()(ADA_CALLS, upload_id)

    assert (part.offset, part.length) == (10, LENGTH)
    assert (whole.offset, whole.length) == (LENGTH, LENGTH)


async def test_an_upload_without_news_is_cancelled_and_told_of_for_a_while(workshop: Workshop) -> None:
    upload_id = await begin(workshop)
    await send(workshop, upload_id, 0, 5)
    workshop.clock.advance(RETENTION.resumable_upload - timedelta(seconds=1))
    assert await workshop.expire()() == 0
    workshop.clock.advance(timedelta(seconds=1))

    assert await workshop.expire()() == 1

    assert (await workshop.the_conversion()).state is ConversionState.CANCELLED
    assert workshop.files.growing == {}
    with pytest.raises(UploadGoneError):
        await send(workshop, upload_id, 5)
    workshop.clock.advance(RETENTION.resumable_upload)
    assert await workshop.expire()() == 1
    assert await workshop.owned() == []


async def test_watchers_are_told_how_much_has_come_in(workshop: Workshop) -> None:
    upload_id = await begin(workshop)

    async def slowly() -> AsyncIterator[bytes]:
        for position in range(LENGTH):
            workshop.clock.advance(timedelta(seconds=0.5))
            yield VIDEO[position : position + 1]

    await workshop.gateway.append_to_upload()(ADA_CALLS, upload_id, UploadPart(offset=0, chunks=slowly()))

    arrivals = [update.arrival for update in workshop.feed.published if update.arrival is not None]
    assert 2 < len(arrivals) <= LENGTH / 2 + 1
    assert {each.length for each in arrivals} == {LENGTH}
    assert [each.received for each in arrivals] == sorted({each.received for each in arrivals})


async def in_parts(workshop: Workshop, pause: timedelta) -> list[int]:
    """Send the video in parts of a byte, each of which comes at once, and give which offsets were told."""
    upload_id = await begin(workshop)
    for position in range(LENGTH - 1):
        workshop.clock.advance(pause)
        await send(workshop, upload_id, position, position + 1)
    arrivals = [update.arrival for update in workshop.feed.published if update.arrival is not None]
    assert {each.length for each in arrivals} == {LENGTH}
    return [each.received for each in arrivals]


async def test_the_end_of_each_part_is_told(workshop: Workshop) -> None:
    assert await in_parts(workshop, timedelta(seconds=1)) == list(range(1, LENGTH))


async def test_many_parts_in_a_second_are_told_of_once_and_the_first_at_once(workshop: Workshop) -> None:
    """A client may send thousands of tiny parts, and each report goes to every gateway."""
    told = await in_parts(workshop, timedelta(seconds=0.25))

    assert told[0] == 1
    assert told[1:] == list(range(told[1], LENGTH, 4))
    assert len(told) >= LENGTH // 4


async def test_nothing_is_told_of_a_part_without_bytes(workshop: Workshop) -> None:
    upload_id = await begin(workshop)
    workshop.clock.advance(timedelta(seconds=5))
    await send(workshop, upload_id, 0, 0)

    assert [update.arrival for update in workshop.feed.published] == [None]


async def test_a_writer_that_was_superseded_is_told_to_wait(workshop: Workshop) -> None:
    upload_id = await begin(workshop)
    media_id = (await workshop.the_conversion()).source_media_id
    workshop.faults.before("append", raising(WriterSupersededError(media_id)))

    with pytest.raises(UploadLockedError) as caught:
        await send(workshop, upload_id)

    assert caught.value.retry_after == RETENTION.append_lease


@pytest.mark.parametrize(
    ("after", "wait"), [(0, 6), (1, 6), (3, 5), (5, 3)], ids=["at once", "soon", "later", "late"]
)
async def test_a_second_writer_is_told_to_wait_for_as_long_as_it_has_to(
    workshop: Workshop, after: float, wait: float
) -> None:
    """The lease may count from bytes that came up to two seconds later than the record tells, and no longer."""
    upload = await claimed(workshop)
    workshop.clock.advance(timedelta(seconds=after))

    with pytest.raises(UploadLockedError) as caught:
        await send(workshop, upload.id)

    assert caught.value.retry_after == timedelta(seconds=wait)


async def stored(workshop: Workshop, upload_id: ConversionId) -> int:
    """Tell how many bytes of an upload are durable."""
    return (await workshop.gateway.get_upload()(ADA_CALLS, upload_id)).offset


@pytest.mark.parametrize("so_many", [3, 5], ids=["too few to tell a video", "enough"])
async def test_what_came_before_a_pause_is_durable_while_the_request_goes_on(
    workshop: Workshop, so_many: int
) -> None:
    """So that the next request, which takes the upload over from one that stands still, goes on behind it."""
    upload_id = await begin(workshop)
    found: list[tuple[int, int]] = []
    stored_parts: list[None] = []

    async def note() -> None:
        stored_parts.append(None)

    async def look() -> None:
        found.append((len(stored_parts), await stored(workshop, upload_id)))

    workshop.faults.after("append", note, note)

    async def pausing() -> AsyncIterator[bytes]:
        yield VIDEO[:so_many]
        yield b""
        await look()
        yield b""
        yield VIDEO[so_many:10]
        yield b""
        await look()
        yield VIDEO[10:]

    status = await workshop.gateway.append_to_upload()(
        ADA_CALLS, upload_id, UploadPart(offset=0, chunks=pausing())
    )

    assert (found, status.offset) == ([(1, so_many), (2, 10)], LENGTH)
    assert (await workshop.the_conversion()).source.sha256 == hashlib.sha256(VIDEO).hexdigest()


async def test_a_part_with_a_checksum_counts_whole_also_if_it_pauses(workshop: Workshop) -> None:
    upload_id = await begin(workshop)
    found: list[int] = []

    async def pausing() -> AsyncIterator[bytes]:
        yield VIDEO[:5]
        yield b""
        found.append(await stored(workshop, upload_id))
        yield VIDEO[5:10]

    checksum = Checksum(ChecksumAlgorithm.SHA256, hashlib.sha256(VIDEO[:10]).digest())
    part = UploadPart(offset=0, chunks=pausing(), checksum=checksum)
    status = await workshop.gateway.append_to_upload()(ADA_CALLS, upload_id, part)

    assert (found, status.offset) == ([0], 10)


async def test_a_text_is_refused_whose_beginning_pauses(workshop: Workshop) -> None:
    upload_id = await begin(workshop)

    with pytest.raises(NotAVideoError):
        await workshop.gateway.append_to_upload()(
            ADA_CALLS, upload_id, UploadPart(offset=0, chunks=in_chunks(b"te", b"", b"xt", b" and more"))
        )
    assert await workshop.owned() == []
    assert workshop.feed.published[-1].is_deleted


async def test_a_few_bytes_that_came_before_the_upload_broke_off_are_kept(workshop: Workshop) -> None:
    """Also if they are too few to tell what the file is."""
    upload_id = await begin(workshop)

    async def broken() -> AsyncIterator[bytes]:
        yield VIDEO[:3]
        raise IncompleteUploadError("the line was cut")

    with pytest.raises(IncompleteUploadError):
        await workshop.gateway.append_to_upload()(ADA_CALLS, upload_id, UploadPart(offset=0, chunks=broken()))

    assert await stored(workshop, upload_id) == 3


async def test_a_lease_runs_out_counted_from_the_last_bytes(workshop: Workshop) -> None:
    """Not from when it was renewed, so that nobody waits longer for a request that stands still."""
    held = await claimed(workshop)
    terms = HoldingTerms(
        lease=timedelta(milliseconds=30),
        record=timedelta(days=1),
        idle=timedelta(minutes=1),
        needs_bytes=True,
    )
    lease = UploadLease(held, workshop.conversions, workshop.clock, terms)
    arrived_at = workshop.clock.now() + timedelta(milliseconds=10)

    async def one_byte() -> AsyncIterator[bytes]:
        workshop.clock.advance(timedelta(milliseconds=10))
        yield VIDEO[:1]
        workshop.clock.advance(timedelta(milliseconds=10))
        async with asyncio.timeout(10):
            while (await workshop.stored.get(held.id)).revision == held.revision:
                await asyncio.sleep(0)
        renewed = (await workshop.stored.get(held.id)).lease
        assert renewed is not None
        assert renewed.until == arrived_at + terms.lease

    async def store(chunks: AsyncIterable[bytes]) -> int:
        return sum([len(chunk) async for chunk in chunks])

    assert await lease.receive(one_byte(), store) == 1


async def test_an_upload_that_can_not_be_freed_is_free_after_its_lease(workshop: Workshop) -> None:
    upload_id = await begin(workshop)
    workshop.faults.before("replace", _pass, raising(down()))
    assert await send(workshop, upload_id, 0, 5) == 5
    workshop.faults.clear()
    with pytest.raises(UploadLockedError):
        await send(workshop, upload_id, 5)

    workshop.clock.advance(RETENTION.append_lease)

    assert await send(workshop, upload_id, 5) == LENGTH


class TestWhatHappensMeanwhile:
    """Another request deletes, discards, cancels or claims the upload between two steps of this one."""

    async def test_an_upload_that_is_deleted_before_it_is_claimed_is_locked(self, workshop: Workshop) -> None:
        """For a moment, after which it is not found."""
        upload_id = await begin(workshop)

        async def deleted() -> None:
            await workshop.stored.remove(await workshop.the_conversion())

        workshop.faults.before("get", _pass, deleted)
        with pytest.raises(UploadLockedError):
            await send(workshop, upload_id)
        with pytest.raises(UploadNotFoundError):
            await send(workshop, upload_id)

    @pytest.mark.parametrize("breaks_off", [False, True])
    async def test_a_part_of_an_upload_that_is_deleted_ends(
        self, workshop: Workshop, *, breaks_off: bool
    ) -> None:
        upload_id = await begin(workshop)

        async def chunks() -> AsyncIterator[bytes]:
            yield VIDEO[:5]
            await workshop.stored.remove(await workshop.the_conversion())
            if breaks_off:
                raise IncompleteUploadError("the line was cut")
            yield VIDEO[5:]

        with pytest.raises(IncompleteUploadError if breaks_off else UploadGoneError):
            await workshop.gateway.append_to_upload()(
                ADA_CALLS, upload_id, UploadPart(offset=0, chunks=chunks())
            )
        assert await workshop.owned() == []

    async def test_a_text_whose_upload_is_deleted_is_thrown_away_once(self, workshop: Workshop) -> None:
        upload_id = await begin(workshop)

        async def text() -> AsyncIterator[bytes]:
            await workshop.stored.remove(await workshop.the_conversion())
            yield b"text" * 3

        with pytest.raises(NotAVideoError):
            await workshop.gateway.append_to_upload()(
                ADA_CALLS, upload_id, UploadPart(offset=0, chunks=text())
            )

    async def test_a_request_whose_upload_was_claimed_by_another_one_does_not_free_it(
        self, workshop: Workshop
    ) -> None:
        """It stood still for longer than its lease, while its bytes were stored."""
        upload_id = await begin(workshop)

        async def claim() -> None:
            workshop.clock.advance(RETENTION.append_lease)
            await workshop.stored.replace(
                (await workshop.the_conversion()).claim_upload(
                    workshop.clock.now(), holder="another", lease_for=RETENTION.append_lease
                )
            )

        workshop.faults.after("append", claim)
        assert await send(workshop, upload_id, 0, 5) == 5

        lease = (await workshop.the_conversion()).lease
        assert lease is not None
        assert lease.holder == "another"

    async def test_one_that_is_deleted_twice_at_once_is_not_found(self, workshop: Workshop) -> None:
        upload_id = await begin(workshop)

        async def deleted() -> None:
            await workshop.stored.remove(await workshop.the_conversion())

        workshop.faults.before("remove", deleted)
        with pytest.raises(UploadNotFoundError):
            await workshop.gateway.discard_upload()(ADA_CALLS, upload_id)


async def test_the_end_of_a_finished_upload_may_be_sent_again_and_nothing_else(workshop: Workshop) -> None:
    upload_id = await begin(workshop)
    await send(workshop, upload_id)

    assert await send(workshop, upload_id, LENGTH) == LENGTH
    with pytest.raises(WrongOffsetError):
        await send(workshop, upload_id, 5)
    assert len(await workshop.events()) == 1


async def test_the_lease_of_a_request_that_brings_no_bytes_is_not_renewed(workshop: Workshop) -> None:
    """A connection that was cut on the way looks alive, and its client must not wait for the end of it."""
    brief = HoldingTerms(lease=timedelta(milliseconds=3), record=timedelta(days=1), idle=timedelta(minutes=1))
    held = await claimed(workshop)
    always_held = await claimed(workshop)

    async def revision_of(upload: Conversion) -> int:
        return (await workshop.stored.get(upload.id)).revision

    async def one_byte(length: int) -> AsyncIterator[bytes]:
        yield VIDEO[:length]
        async with asyncio.timeout(10):
            while await revision_of(held) == held.revision:
                await asyncio.sleep(0)
            renewed, others = await revision_of(held), await revision_of(always_held)
            # The other request's lease is renewed as often as this one's would be.
            while await revision_of(always_held) < others + 3:
                await asyncio.sleep(0)
        assert await revision_of(held) == renewed

    async def store(chunks: AsyncIterable[bytes]) -> int:
        return sum([len(chunk) async for chunk in chunks])

    def receive(upload: Conversion, *, needs_bytes: bool) -> Coroutine[Any, Any, int]:
        terms = replace(brief, needs_bytes=needs_bytes)
        lease = UploadLease(upload, workshop.conversions, workshop.clock, terms)
        return lease.receive(one_byte(1), store)

    received = await asyncio.gather(receive(held, needs_bytes=True), receive(always_held, needs_bytes=False))
    assert list(received) == [1, 1]


async def claimed(workshop: Workshop) -> Conversion:
    """Begin an upload, and claim it for a request."""
    begun = await workshop.stored.get(await begin(workshop))
    held = begun.claim_upload(workshop.clock.now(), holder="a request", lease_for=RETENTION.append_lease)
    await workshop.stored.replace(held)
    return held


async def _pass() -> None:
    """Let a call go on."""
