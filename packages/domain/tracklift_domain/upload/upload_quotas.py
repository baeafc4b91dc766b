"""Enforces the limits of each user: conversions in flight, bytes stored, minutes of audio per month."""

import asyncio
from datetime import datetime, timedelta

from tracklift_domain.clock import Clock
from tracklift_domain.conversion.conversion import Conversion
from tracklift_domain.conversion.ports import (
    AudioLedger,
    ConversionRepository,
    ListPosition,
    StoredMediaTotal,
)
from tracklift_domain.errors import DomainError
from tracklift_domain.identifiers import UserId
from tracklift_domain.media.errors import MediaTooLargeError
from tracklift_domain.upload.errors import QuotaExceededError, TooManyConversionsError
from tracklift_domain.upload.policies import UploadLimits
from tracklift_domain.upload.quota import QuotaName, QuotaUse, QuotaUses
from tracklift_domain.user.ports import UserQuotas

_LOOKS = 200
"""How often a waiting upload checks: with the pauses in between, for ten seconds."""
_PAUSE = timedelta(milliseconds=50)
_SURE_LOOKS = 0.2
"""The share of these checks that every upload is granted: two seconds, in which even a busy machine removes newer
uploads."""
_MINUTE = 60
_NOTHING = StoredMediaTotal(0)


class UploadQuotas:
    """Enforces the limits even when uploads begin at the same time, in one process or in several.

    Usage is added up anew each time from the records of conversions, so it can't drift from them. An upload's record is
    its reservation: it states the bytes that the video will take, and expires if a killed gateway leaves it behind.

    Each upload first stores its record and then adds up. Of any set of accepted uploads, the last one to add up has
    seen all of them, so no more than the limit are accepted, whatever the clocks say. If more have begun, the oldest by
    creation time wait for the newer ones to be removed. But a newer one may have been accepted before all of the older
    ones were stored, which the records don't show. So the waiting uploads give up one by one, the newest first, and
    each that gives up leaves room for the older ones.

    Minutes of audio are only known once they are made: an upload is refused when this month's minutes are used up.
    """

    def __init__(
        self,
        *,
        conversions: ConversionRepository,
        ledger: AudioLedger,
        quotas: UserQuotas,
        clock: Clock,
        limits: UploadLimits,
        looks: int = _LOOKS,
        pause: timedelta = _PAUSE,
    ) -> None:
        """Let a waiting upload add up at most `looks` times, with a pause in between.

        The more of the limits older uploads use, the fewer times it does: the newest gives up after a fifth of them.
        """
        self._conversions = conversions
        self._ledger = ledger
        self._quotas = quotas
        self._clock = clock
        self._limits = limits
        self._looks = looks
        self._pause = pause.total_seconds()

    async def limits_of(self, user_id: UserId) -> UploadLimits:
        """Return the limits of a user."""
        return self._limits.for_user(await self._quotas.get(user_id))

    async def require_room(self, user_id: UserId, size: int | None = None) -> UploadLimits:
        """Check before a record is stored, and return the user's limits. `size`: bytes of the video, if known.

        Raises:
            MediaTooLargeError: the video exceeds the limit.
            TooManyConversionsError: too many conversions are in flight.
            QuotaExceededError: the upload would exceed another limit.
        """
        # Queried concurrently, assuming the default limits, so that this takes no longer than one query.
        limits, active, stored, minutes = await asyncio.gather(
            self.limits_of(user_id),
            self._conversions.count_active(user_id),
            self._total_stored(user_id, self._limits),
            self._minutes_made(user_id, self._limits),
        )
        if size is not None and size > limits.largest_video:
            raise MediaTooLargeError(limits.largest_video)
        if active >= limits.unfinished_per_user:
            raise TooManyConversionsError(limits.unfinished_per_user, used=active)
        if limits.stored_per_user is not None:
            if self._limits.stored_per_user is None:
                stored = await self._total_stored(user_id, limits)
            self._require_storage(limits.stored_per_user, stored, size or 1)
        if limits.minutes_per_month is not None:
            if self._limits.minutes_per_month is None:
                minutes = await self._minutes_made(user_id, limits)
            self._require_minutes(limits.minutes_per_month, minutes)
        return limits

    async def hold(self, begun: Conversion, limits: UploadLimits) -> int | None:
        """Check after the record of an upload is stored; the caller removes the record if this fails.

        Returns how many more bytes may be stored; `None`: no limit. Raises the same errors as `require_room`.
        """
        user_id, position = begun.owner.user_id, ListPosition(begun.created_at, begun.id)
        refusal: DomainError = TooManyConversionsError(
            limits.unfinished_per_user, used=limits.unfinished_per_user
        )
        look = 0
        while True:
            look += 1
            active, stored = await self._records(user_id, limits)
            if active <= limits.unfinished_per_user and _fits(stored, limits):
                return None if limits.stored_per_user is None else limits.stored_per_user - stored.size
            active, older = await self._records(user_id, limits, before=position)
            if active >= limits.unfinished_per_user:
                raise TooManyConversionsError(limits.unfinished_per_user, used=active)
            if limits.stored_per_user is not None:
                self._require_storage(limits.stored_per_user, older, begun.source_bytes)
                refusal = self._storage_exceeded(limits.stored_per_user, older.size, stored.less_from)
            if look >= self._looks * (_SURE_LOOKS + (1 - _SURE_LOOKS) * _share_left(active, older, limits)):
                raise refusal
            await asyncio.sleep(self._pause)

    async def uses_of(self, user_id: UserId) -> QuotaUses:
        """Return how much of each of a user's limits is used."""
        limits, active, stored, minutes = await asyncio.gather(
            self.limits_of(user_id),
            self._conversions.count_active(user_id),
            self._conversions.total_stored(user_id),
            self._minutes_of_month(user_id),
        )
        return QuotaUses(
            stored_bytes=QuotaUse(limit=limits.stored_per_user, used=stored.size, until=stored.less_from),
            audio_minutes=QuotaUse(
                limit=limits.minutes_per_month, used=minutes, until=next_month(self._clock.now())
            ),
            conversions_in_flight=QuotaUse(limit=limits.unfinished_per_user, used=active),
            largest_upload=limits.largest_video,
        )

    async def forget_old(self) -> int:
        """Delete the ledger's entries from before this month, and return how many there were."""
        return await self._ledger.forget_before(beginning_of_month(self._clock.now()))

    def storage_exceeded(self, begun: Conversion, limits: UploadLimits, *, left: int) -> QuotaExceededError:
        """Make the error for an upload that turns out to be larger than the room that is left."""
        limit = limits.stored_per_user or 0
        return self._storage_exceeded(limit, limit - left - begun.source_bytes, None)

    async def _records(
        self, user_id: UserId, limits: UploadLimits, *, before: ListPosition | None = None
    ) -> tuple[int, StoredMediaTotal]:
        return await asyncio.gather(
            self._conversions.count_active(user_id, before=before),
            self._total_stored(user_id, limits, before=before),
        )

    async def _total_stored(
        self, user_id: UserId, limits: UploadLimits, *, before: ListPosition | None = None
    ) -> StoredMediaTotal:
        if limits.stored_per_user is None:
            return _NOTHING
        return await self._conversions.total_stored(user_id, before=before)

    async def _minutes_made(self, user_id: UserId, limits: UploadLimits) -> int:
        return 0 if limits.minutes_per_month is None else await self._minutes_of_month(user_id)

    async def _minutes_of_month(self, user_id: UserId) -> int:
        seconds = await self._ledger.total_duration(user_id, since=beginning_of_month(self._clock.now()))
        return int(seconds // _MINUTE)

    def _require_storage(self, limit: int, stored: StoredMediaTotal, size: int) -> None:
        if stored.size + size > limit:
            raise self._storage_exceeded(limit, stored.size, stored.less_from)

    def _storage_exceeded(self, limit: int, used: int, until: datetime | None) -> QuotaExceededError:
        return QuotaExceededError(QuotaName.STORED_BYTES, limit=limit, used=used, until=until)

    def _require_minutes(self, limit: int, used: int) -> None:
        if used >= limit:
            until = next_month(self._clock.now())
            raise QuotaExceededError(QuotaName.AUDIO_MINUTES, limit=limit, used=used, until=until)


def beginning_of_month(now: datetime) -> datetime:
    """Return when the current calendar month began, in UTC."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(now: datetime) -> datetime:
    """Return when the next calendar month begins, in UTC."""
    return beginning_of_month(beginning_of_month(now) + timedelta(days=31))


def _share_left(active: int, older: StoredMediaTotal, limits: UploadLimits) -> float:
    """Return the share of the limits that older uploads leave: 1 if there are none."""
    in_flight = 1 - active / limits.unfinished_per_user
    if limits.stored_per_user is None:
        return in_flight
    return min(in_flight, 1 - older.size / max(limits.stored_per_user, 1))


def _fits(stored: StoredMediaTotal, limits: UploadLimits) -> bool:
    return limits.stored_per_user is None or stored.size <= limits.stored_per_user
