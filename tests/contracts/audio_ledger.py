"""What everything must do that keeps how much audio was made."""

import asyncio
from abc import abstractmethod
from datetime import datetime, timedelta

import pytest

from tests.contracts.examples import ADA, BOB, DAY, NOW, conversion_id
from tracklift_domain.conversion.ports import AudioLedger, MadeAudio
from tracklift_domain.identifiers import UserId

MICROSECOND = timedelta(microseconds=1)


def made(number: int, duration: float = 60.5, *, at: datetime = NOW, owner_id: UserId = ADA) -> MadeAudio:
    """Make a note of an MP3."""
    return MadeAudio(conversion_id=conversion_id(number), owner_id=owner_id, made_at=at, duration=duration)


class AudioLedgerContract:
    """Inherit and override the fixture."""

    @pytest.fixture
    @abstractmethod
    def ledger(self) -> AudioLedger:
        """Give an empty ledger."""
        raise NotImplementedError

    async def test_for_a_user_without_notes_nothing_was_made(self, ledger: AudioLedger) -> None:
        await ledger.record(made(1, owner_id=BOB))

        assert await ledger.total_duration(ADA, since=NOW - DAY) == 0

    async def test_what_was_made_is_added_up(self, ledger: AudioLedger) -> None:
        await ledger.record(made(1, 60.5))
        await ledger.record(made(2, 0.25))
        await ledger.record(made(3, 99, owner_id=BOB))

        assert await ledger.total_duration(ADA, since=NOW - DAY) == 60.75

    async def test_it_counts_from_a_time_on(self, ledger: AudioLedger) -> None:
        """To the microsecond."""
        await ledger.record(made(1, 1, at=NOW - MICROSECOND))
        await ledger.record(made(2, 2, at=NOW))
        await ledger.record(made(3, 4, at=NOW + DAY))

        assert await ledger.total_duration(ADA, since=NOW) == 6

    async def test_a_conversion_counts_once_however_often_it_is_noted(self, ledger: AudioLedger) -> None:
        """As it was noted first, also where several note it at once."""
        await ledger.record(made(1, 60))

        await asyncio.gather(*(ledger.record(made(number, 60, at=NOW + DAY)) for number in [1, 2] * 10))

        assert await ledger.total_duration(ADA, since=NOW) == 120
        assert await ledger.total_duration(ADA, since=NOW + DAY) == 60

    async def test_a_forgotten_user_has_no_notes(self, ledger: AudioLedger) -> None:
        await ledger.record(made(1))
        await ledger.record(made(2))
        await ledger.record(made(3, 7, owner_id=BOB))

        await ledger.forget(ADA)
        await ledger.forget(ADA)

        assert await ledger.total_duration(ADA, since=NOW - DAY) == 0
        assert await ledger.total_duration(BOB, since=NOW - DAY) == 7

    async def test_old_notes_are_forgotten(self, ledger: AudioLedger) -> None:
        await ledger.record(made(1, 1, at=NOW - DAY))
        await ledger.record(made(2, 2, at=NOW - MICROSECOND, owner_id=BOB))
        await ledger.record(made(3, 4, at=NOW))

        assert await ledger.forget_before(NOW) == 2
        assert await ledger.forget_before(NOW) == 0

        assert await ledger.total_duration(ADA, since=NOW - 2 * DAY) == 4
