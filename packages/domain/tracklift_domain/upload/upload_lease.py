"""How a request holds the upload that it receives."""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine
from typing import Any

from tracklift_domain.clock import Clock
from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.conversion import Conversion, ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError, InvalidTransitionError
from tracklift_domain.conversion.optimistic_update import change_conversion
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.media.stored_media import StoredMedia
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_domain.upload.upload_stream import without_standstill

_log = logging.getLogger(__name__)


class UploadLease:
    """Renews the lease of an upload while its request lives, and ends an upload that stands still.

    Another request may take over an upload whose lease has run out. It removes the record, so a request that wakes up
    later can neither hold nor queue the upload.

    Raises:
        InvalidTransitionError: the upload was cancelled, deleted or taken over.
    """

    def __init__(
        self, begun: Conversion, conversions: ConversionRepository, clock: Clock, retention: RetentionPolicy
    ) -> None:
        self._begun = begun
        self._noted_at = begun.updated_at
        self._conversions = conversions
        self._clock = clock
        self._retention = retention

    async def receive(
        self,
        chunks: AsyncIterable[bytes],
        store: Callable[[AsyncIterable[bytes]], Coroutine[Any, Any, StoredMedia]],
    ) -> StoredMedia:
        """Hold the upload while its chunks are stored.

        Raises:
            IncompleteUploadError: nothing came for too long.
        """
        storing = asyncio.create_task(self._store(chunks, store))
        holding = asyncio.create_task(self._hold())
        try:
            await asyncio.wait({storing, holding}, return_when=asyncio.FIRST_COMPLETED)
            if not storing.done():
                holding.result()  # Raises: the upload is over.
            return await storing
        finally:
            for task in (storing, holding):
                task.cancel()
            await run_to_completion(asyncio.gather(storing, holding, return_exceptions=True))

    async def queue(
        self, transition: Callable[[Conversion], Conversion], announce: Callable[[Conversion], list[Event]]
    ) -> Conversion:
        """Record that the video is stored, and announce it."""
        return await self._change(transition, announce)

    async def _store(
        self,
        chunks: AsyncIterable[bytes],
        store: Callable[[AsyncIterable[bytes]], Coroutine[Any, Any, StoredMedia]],
    ) -> StoredMedia:
        async with closing_stream(self._watch(chunks)) as arriving:
            return await store(arriving)

    async def _watch(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        async with closing_stream(without_standstill(chunks, self._retention.idle_upload)) as arriving:
            async for chunk in arriving:
                await self._note_arrival()
                yield chunk

    async def _note_arrival(self) -> None:
        # At a quarter of the limit, so that an active upload does not expire; not with every chunk, as each note is
        # a durable write.
        now = self._clock.now()
        if now - self._noted_at >= self._retention.idle_upload / 4:
            await self._change(lambda stored: stored.keep_uploading(now, lasts=self._retention.upload_record))
            self._noted_at = now

    async def _hold(self) -> None:
        down = False
        while True:
            await asyncio.sleep(self._retention.upload_lease.total_seconds() / 3)
            try:
                await self._change(
                    lambda stored: stored.hold_upload(
                        self._clock.now(), lease_for=self._retention.upload_lease
                    )
                )
                down = False
            except ServiceUnavailableError as error:
                # Storing the bytes fails by itself if the outage lasts too long.
                if not down:
                    _log.warning("The lease of upload %s can't be renewed now: %s", self._begun.id, error)
                down = True

    async def _change(
        self,
        transition: Callable[[Conversion], Conversion],
        announce: Callable[[Conversion], list[Event]] | None = None,
    ) -> Conversion:
        try:
            return await change_conversion(self._conversions, self._begun.id, transition, announce)
        except (ConversionNotFoundError, InvalidTransitionError) as error:
            raise InvalidTransitionError(
                self._begun.id, ConversionState.CANCELLED, "receive more of the video"
            ) from error
