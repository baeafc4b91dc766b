"""What one user may have: conversions in flight, bytes in the store, minutes of audio in a month."""

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
"""With the pause between them, ten seconds."""
_PAUSE = timedelta(milliseconds=50)
_SURE_LOOKS = 0.2
"""The share of its looks that every upload has: two seconds, in which a busy machine removes newer ones."""
_MINUTE = 60
_NOTHING = StoredMediaTotal(0)


class UploadQuotas:
    """Holds the limits also when uploads begin at the same time, at one process or at several.

    What is used is added up anew each time, from the records of conversions, so it can't drift from them. An upload's
    record is its reservation: it has the bytes that the video will take, and expires where a killed gateway leaves it.

    Each upload stores its record first and adds up then. Of any set of accepted uploads, the last one to add up has
    seen all of them, so no more than the limit are accepted, whatever the clocks say. When more have begun, the
    oldest by creation time wait for the newer ones to be given back. But a newer one may have been accepted, before all
    of the older ones were stored; records don't tell. So those that wait give up one after the other, the newest first,
    each of which leaves room for those before it.

    Minutes of audio are known once they are made: an upload is refused when those of the month are used up.
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
        """Let an upload that waits add up at most `looks` times, with a pause between them.

        The more of the limits older uploads take, the fewer: the newest gives up after a fifth of them.
        """
        self._conversions = conversions
        self._ledger = ledger
        self._quotas = quotas
        self._clock = clock
        self._limits = limits
        self._looks = looks
        self._pause = pause.total_seconds()

    async def limits_of(self, user_id: UserId) -> UploadLimits:
        """Give the limits of a user."""
        return self._limits.for_user(await self._quotas.get(user_id))

    async def require_room(self, user_id: UserId, size: int | None = None) -> UploadLimits:
        """Look before a record is stored, and give the limits of the user. `size`: bytes of the video, where known.

        Raises:
            MediaTooLargeError: the video is above the limit.
            TooManyConversionsError: too many conversions are in flight.
            QuotaExceededError: it would exceed another limit.
        """
        # All at once, as if the limits were those of all users: then this takes as long as one question.
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
        """Look once the record of an upload is stored; the caller removes it if this fails.

        Gives how many bytes may still be stored besides; `None`: any number. Raises as `require_room` does.
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
        """Tell how far the limits of a user are used."""
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
        """Forget what was made before this month, and give how many notes that were."""
        return await self._ledger.forget_before(beginning_of_month(self._clock.now()))

    def storage_exceeded(self, begun: Conversion, limits: UploadLimits, *, left: int) -> QuotaExceededError:
        """Make the error for an upload that turns out to be larger than what is left."""
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
    """Give when the calendar month began, by UTC."""
    return now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def next_month(now: datetime) -> datetime:
    """Give when the next calendar month begins, by UTC."""
    return beginning_of_month(beginning_of_month(now) + timedelta(days=31))


def _share_left(active: int, older: StoredMediaTotal, limits: UploadLimits) -> float:
    """Give the share of the limits that older uploads leave: 1, when there are none."""
    in_flight = 1 - active / limits.unfinished_per_user
    if limits.stored_per_user is None:
        return in_flight
    return min(in_flight, 1 - older.size / max(limits.stored_per_user, 1))


def _fits(stored: StoredMediaTotal, limits: UploadLimits) -> bool:
    return limits.stored_per_user is None or stored.size <= limits.stored_per_user
