"""The lease by which a request holds the upload that it receives."""

import asyncio
import logging
from collections.abc import AsyncIterable, AsyncIterator, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

from tracklift_domain.clock import Clock
from tracklift_domain.closing_stream import closing_stream
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.conversion_state import ConversionState
from tracklift_domain.conversion.errors import ConversionNotFoundError, InvalidTransitionError
from tracklift_domain.conversion.optimistic_update import change_conversion
from tracklift_domain.conversion.policies import RetentionPolicy
from tracklift_domain.conversion.ports import ConversionRepository
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.run_to_completion import run_to_completion
from tracklift_domain.upload.upload_stream import without_standstill

_log = logging.getLogger(__name__)
_Stored = TypeVar("_Stored")


@dataclass(frozen=True, slots=True, kw_only=True)
class HoldingTerms:
    """How long a request holds an upload, and on what condition."""

    lease: timedelta
    """How long the lease lasts unless the request renews it."""
    record: timedelta
    """How long the record lasts after the last arrival of bytes that was noted in it."""
    idle: timedelta
    """How long no bytes may arrive before the request is ended."""
    needs_bytes: bool = False
    """Whether the lease also runs out while the request is alive but no bytes arrive."""

    @classmethod
    def of_whole_uploads(cls, retention: RetentionPolicy) -> "HoldingTerms":
        """Return the terms for a request that sends a whole video."""
        return cls(lease=retention.upload_lease, record=retention.upload_record, idle=retention.idle_upload)

    @classmethod
    def of_parts(cls, retention: RetentionPolicy) -> "HoldingTerms":
        """Return the terms for a request that sends a part of a video."""
        return cls(
            lease=retention.append_lease,
            record=retention.resumable_upload,
            idle=retention.idle_upload,
            needs_bytes=True,
        )


class UploadLease:
    """Renews the lease of an upload while its request is alive, and ends a request that stalls.

    Another request may take over an upload whose lease has run out. It removes the record or claims it for itself, so
    the first request, if it resumes later, can neither hold nor queue the upload.

    Raises:
        InvalidTransitionError: the upload was cancelled, deleted or taken over.
        LeaseHeldError: another request has claimed the upload.
    """

    def __init__(
        self, begun: Conversion, conversions: ConversionRepository, clock: Clock, terms: HoldingTerms
    ) -> None:
        self._begun = begun
        self._noted_at = begun.updated_at
        self._conversions = conversions
        self._clock = clock
        self._terms = terms
        self._arrived = asyncio.Event()
        """Set once bytes have arrived since the last renewal of the lease, or all have arrived."""
        self._arrived_at = begun.updated_at
        self._all_in = False

    async def receive(
        self,
        chunks: AsyncIterable[bytes],
        store: Callable[[AsyncIterable[bytes]], Coroutine[Any, Any, _Stored]],
    ) -> _Stored:
        """Hold the upload while its chunks are stored.

        Raises:
            IncompleteUploadError: no bytes arrived for too long.
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
        store: Callable[[AsyncIterable[bytes]], Coroutine[Any, Any, _Stored]],
    ) -> _Stored:
        async with closing_stream(self._watch(chunks)) as arriving:
            return await store(arriving)

    async def _watch(self, chunks: AsyncIterable[bytes]) -> AsyncIterator[bytes]:
        async with closing_stream(without_standstill(chunks, self._terms.idle)) as arriving:
            async for chunk in arriving:
                if chunk:
                    self._arrived_at = self._clock.now()
                    self._arrived.set()
                    await self._note_arrival()
                yield chunk
        self._all_in = True
        self._arrived.set()

    async def _note_arrival(self) -> None:
        # Once every quarter of the idle limit, so that an active upload does not expire; not for every chunk, as each
        # note is a durable write.
        now = self._clock.now()
        if now - self._noted_at >= self._terms.idle / 4:
            await self._change(lambda stored: stored.keep_uploading(now, lasts=self._terms.record))
            self._noted_at = now

    async def _hold(self) -> None:
        down = False
        while True:
            await asyncio.sleep(self._terms.lease.total_seconds() / 3)
            if self._terms.needs_bytes and not self._all_in:
                await self._arrived.wait()
                self._arrived.clear()
            try:
                await self._change(self._held_on)
                down = False
            except ServiceUnavailableError as error:
                # If the outage lasts too long, storing the bytes fails anyway.
                if not down:
                    _log.warning("The lease of upload %s can't be renewed now: %s", self._begun.id, error)
                down = True

    def _held_on(self, stored: Conversion) -> Conversion:
        holder = self._begun.lease.holder if self._begun.lease else None
        now, lease = self._clock.now(), self._terms.lease
        if self._terms.needs_bytes and not self._all_in:
            lease -= now - self._arrived_at  # Counted from the last bytes, not from this renewal.
        return stored.hold_upload(now, lease_for=lease, holder=holder)

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
