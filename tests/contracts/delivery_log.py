"""What every delivery log must do."""

import asyncio
from abc import abstractmethod
from datetime import timedelta

import pytest

from tests.contracts.examples import DAY, NOW, SECOND
from tracklift_domain.notification.ports import DeliveryClaim, DeliveryLog

KEY = "00000000000000000000000000000001.4:ada@example.org"
LATER = NOW + timedelta(minutes=2)


class DeliveryLogContract:
    """Inherit and override the fixture."""

    @pytest.fixture
    @abstractmethod
    def log(self) -> DeliveryLog:
        """Give an empty log."""
        raise NotImplementedError

    async def test_the_first_to_ask_may_send(self, log: DeliveryLog) -> None:
        assert await log.claim(KEY, now=NOW, until=LATER) is DeliveryClaim.GRANTED

    async def test_who_asks_meanwhile_is_told_to_wait(self, log: DeliveryLog) -> None:
        await log.claim(KEY, now=NOW, until=LATER)

        asked_again = await log.claim(KEY, now=LATER - timedelta(microseconds=1), until=LATER + DAY)

        assert asked_again is DeliveryClaim.HELD

    async def test_a_claim_ends_at_the_time_it_names(self, log: DeliveryLog) -> None:
        """Its sender died: the next one may send, and holds the claim then."""
        await log.claim(KEY, now=NOW, until=LATER)

        assert await log.claim(KEY, now=LATER, until=LATER + SECOND) is DeliveryClaim.GRANTED
        assert await log.claim(KEY, now=LATER, until=LATER + SECOND) is DeliveryClaim.HELD

    async def test_what_was_sent_is_never_sent_again(self, log: DeliveryLog) -> None:
        await log.claim(KEY, now=NOW, until=LATER)

        await log.record_sent(KEY, NOW + SECOND)

        assert await log.claim(KEY, now=NOW + SECOND, until=LATER) is DeliveryClaim.SENT
        assert await log.claim(KEY, now=LATER + 1000 * DAY, until=LATER + 1001 * DAY) is DeliveryClaim.SENT

    async def test_sending_is_noted_after_the_claim_ran_out_too(self, log: DeliveryLog) -> None:
        await log.claim(KEY, now=NOW, until=LATER)
        await log.claim(KEY, now=LATER, until=LATER + DAY)

        await log.record_sent(KEY, LATER)

        assert await log.claim(KEY, now=LATER, until=LATER + DAY) is DeliveryClaim.SENT

    async def test_sending_can_be_noted_without_a_claim_and_again(self, log: DeliveryLog) -> None:
        await log.record_sent(KEY, NOW)
        await log.record_sent(KEY, NOW + SECOND)

        assert await log.claim(KEY, now=NOW, until=LATER) is DeliveryClaim.SENT

    async def test_a_released_claim_is_free_at_once(self, log: DeliveryLog) -> None:
        await log.claim(KEY, now=NOW, until=LATER)

        await log.release(KEY)

        assert await log.claim(KEY, now=NOW, until=LATER) is DeliveryClaim.GRANTED

    async def test_releasing_what_is_not_held_changes_nothing(self, log: DeliveryLog) -> None:
        await log.release(KEY)
        await log.claim(KEY, now=NOW, until=LATER)
        await log.release(KEY)
        await log.release(KEY)

        assert await log.claim(KEY, now=NOW, until=LATER) is DeliveryClaim.GRANTED

    async def test_releasing_does_not_undo_what_was_sent(self, log: DeliveryLog) -> None:
        await log.claim(KEY, now=NOW, until=LATER)
        await log.record_sent(KEY, NOW)

        await log.release(KEY)

        assert await log.claim(KEY, now=NOW, until=LATER) is DeliveryClaim.SENT

    async def test_keys_are_told_apart_to_the_letter(self, log: DeliveryLog) -> None:
        longest = f"{'e' * 100}:{'l' * 64}@{'d' * 63}.{'d' * 63}.{'d' * 57}.org"
        keys = (KEY, KEY.upper(), KEY.replace("a@", "ä@"), longest, longest[:-1])
        for key in keys:
            assert await log.claim(key, now=NOW, until=LATER) is DeliveryClaim.GRANTED

        await log.record_sent(KEY, NOW)
        await log.release(longest)

        answers = [await log.claim(key, now=NOW, until=LATER) for key in keys]
        assert answers == [
            DeliveryClaim.SENT,
            DeliveryClaim.HELD,
            DeliveryClaim.HELD,
            DeliveryClaim.GRANTED,
            DeliveryClaim.HELD,
        ]

    async def test_of_many_senders_one_may_send(self, log: DeliveryLog) -> None:
        answers = await asyncio.gather(*(log.claim(KEY, now=NOW, until=LATER) for _ in range(50)))

        assert answers.count(DeliveryClaim.GRANTED) == 1
        assert answers.count(DeliveryClaim.HELD) == 49

    async def test_of_many_senders_one_takes_over_a_claim_that_ran_out(self, log: DeliveryLog) -> None:
        await log.claim(KEY, now=NOW, until=LATER)

        answers = await asyncio.gather(*(log.claim(KEY, now=LATER, until=LATER + DAY) for _ in range(50)))

        assert answers.count(DeliveryClaim.GRANTED) == 1
        assert answers.count(DeliveryClaim.HELD) == 49

    async def test_sending_noted_by_many_at_once_is_noted(self, log: DeliveryLog) -> None:
        await asyncio.gather(*(log.record_sent(KEY, NOW) for _ in range(20)))

        assert await log.claim(KEY, now=NOW, until=LATER) is DeliveryClaim.SENT
        assert await log.forget_before(LATER) == 1

    async def test_old_entries_are_forgotten_and_counted(self, log: DeliveryLog) -> None:
        await log.record_sent("a", NOW - DAY)
        await log.record_sent("b", NOW - timedelta(microseconds=1))
        await log.record_sent("c", NOW)

        assert await log.forget_before(NOW) == 2
        assert await log.forget_before(NOW) == 0

        assert await log.claim("a", now=NOW, until=LATER) is DeliveryClaim.GRANTED
        assert await log.claim("c", now=NOW, until=LATER) is DeliveryClaim.SENT

    async def test_forgetting_keeps_claims_that_hold_and_does_not_count_others(
        self, log: DeliveryLog
    ) -> None:
        await log.claim("held", now=NOW - DAY, until=NOW)
        await log.claim("lapsed", now=NOW - DAY, until=NOW - SECOND)

        assert await log.forget_before(NOW) == 0

        assert await log.claim("held", now=NOW - SECOND, until=LATER) is DeliveryClaim.HELD
        assert await log.claim("lapsed", now=NOW, until=LATER) is DeliveryClaim.GRANTED
