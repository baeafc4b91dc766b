"""Uploads that begin at once at several gateways, each of which has found room before the others are stored."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from tests.contracts.examples import ADA
from tests.unit import settings
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.growing_media import InMemoryGrowingMedia
from tracklift_adapters.in_memory.media_store import InMemoryMediaStore
from tracklift_adapters.in_memory.update_feed import InMemoryUpdateFeed
from tracklift_adapters.system.clock import SystemClock
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.extraction.options import AudioOptions
from tracklift_domain.upload.begin_upload import WantedUpload
from tracklift_domain.upload.errors import QuotaExceededError, TooManyConversionsError
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.upload.submit_conversion import VideoUpload
from tracklift_domain.user.access.caller import Caller
from tracklift_domain.user.email_address import EmailAddress
from tracklift_gateway import container as gateway
from tracklift_gateway.use_cases import GatewayUseCases

CALLER = Caller(user_id=ADA, email=EmailAddress("ada@example.org"), email_verified=True)
FIT = 10
VIDEO = b"ten bytes."
LIMITS: Mapping[str, UploadLimits] = {
    "stored bytes": UploadLimits(unfinished_per_user=1000, stored_per_user=FIT * len(VIDEO) + 5),
    "conversions in flight": UploadLimits(unfinished_per_user=FIT),
}


class _Held:
    """Holds up what stores an upload until all have come so far."""

    def __init__(self, conversions: ConversionRepository, barrier: asyncio.Barrier) -> None:
        self._conversions = conversions
        self._barrier = barrier

    def __getattr__(self, name: str) -> Any:
        return getattr(self._conversions, name)

    async def add(self, *conversion: Any) -> None:
        await self._barrier.wait()
        await self._conversions.add(*conversion)


async def assert_that_as_many_are_taken_as_fit(
    gateways: Sequence[Mapping[str, object]], limits: UploadLimits, count: int
) -> None:
    """Make so many uploads at once, whole and in parts, by adapters of several gateways that share their storage."""
    barrier = asyncio.Barrier(count)
    apart = [_use_cases(adapters, barrier, limits) for adapters in gateways]
    uploads = [_upload(apart[number % len(apart)], number) for number in range(count)]

    results = await asyncio.gather(*uploads, return_exceptions=True)

    conversions = cast("ConversionRepository", gateways[0]["conversions"])
    kept = {conversion.id for conversion in await conversions.list_owned(ADA, limit=1000)}
    taken = {result for result in results if isinstance(result, str)}
    refused = [
        result for result in results if isinstance(result, QuotaExceededError | TooManyConversionsError)
    ]
    assert (len(taken), len(refused)) == (FIT, count - FIT), results
    assert kept == taken


def _use_cases(
    adapters: Mapping[str, object], barrier: asyncio.Barrier, limits: UploadLimits
) -> GatewayUseCases:
    clock = SystemClock()
    media = InMemoryMediaStore(ManualClock(clock.now()))
    conversions = cast("ConversionRepository", adapters["conversions"])
    unlimited = replace(settings.GATEWAY, uploads_per_hour=1_000_000)
    return gateway.build(
        unlimited,
        {
            **adapters,
            "conversions": _Held(conversions, barrier),
            "media": media,
            "growing": InMemoryGrowingMedia(media, ManualClock(clock.now())),
            "feed": InMemoryUpdateFeed(),
            "clock": clock,
            "limits": limits,
        },
    ).use_cases()


async def _upload(use_cases: GatewayUseCases, number: int) -> str:
    if number % 2:
        wanted = WantedUpload(length=len(VIDEO), name="talk.mp4", options=AudioOptions())
        return (await use_cases.begin_upload()(CALLER, wanted)).id
    upload = VideoUpload(name="talk.mp4", chunks=_chunks(), options=AudioOptions, declared_size=len(VIDEO))
    return (await use_cases.submit_conversion()(CALLER, upload)).id


async def _chunks() -> AsyncIterator[bytes]:
    yield VIDEO
