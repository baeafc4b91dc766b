"""What everything that counts mails by the hour must do."""

import asyncio
from abc import abstractmethod
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contracts.examples import NOW, SECOND
from tracklift_domain.identifiers import EventId
from tracklift_domain.notification.hour_of_mails import HourOfMails, end_of_hour
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.policies import LISTED_IN_DIGEST
from tracklift_domain.notification.ports import Allowance, HourlyMails
from tracklift_domain.user.email_address import EmailAddress

HOUR = timedelta(hours=1)
ENDS_AT = end_of_hour(NOW)
AFTER = ENDS_AT + SECOND
ADA = EmailAddress("ada@example.org")
BOB = EmailAddress("bob@example.org")
MAIL, DIGEST = Allowance.MAIL, Allowance.DIGEST


def a_notification(number: int = 1, recipient: EmailAddress = ADA) -> Notification:
    """Make a numbered notification."""
    return Notification(
        event_id=EventId(f"{number:032x}.4"),
        recipient=recipient,
        kind=NotificationKind.AUDIO_READY,
        facts={"conversion_id": f"{number:032x}", "audio_name": "Żółć 🎵.mp3", "audio_duration": 1 / 3},
    )


class HourlyMailsContract:
    """Inherit and override the fixture."""

    @pytest.fixture
    @abstractmethod
    def mails(self) -> HourlyMails:
        """Give a storage in which nothing is counted."""
        raise NotImplementedError

    async def admitted(
        self, mails: HourlyMails, numbers: range, *, at_most: int = 2, hours: int = 0
    ) -> list[Allowance]:
        """Ask for numbered notifications one after another, in an hour or some hours later."""
        ends_at = ENDS_AT + hours * HOUR
        return [
            await mails.admit(a_notification(number), ends_at=ends_at, at_most=at_most) for number in numbers
        ]

    async def test_the_first_are_mailed_and_the_rest_is_for_the_digest(self, mails: HourlyMails) -> None:
        assert await self.admitted(mails, range(5)) == [MAIL, MAIL, DIGEST, DIGEST, DIGEST]

    async def test_a_redelivered_one_is_answered_as_before_and_not_counted_again(
        self, mails: HourlyMails
    ) -> None:
        await self.admitted(mails, range(3))

        assert await self.admitted(mails, range(3)) == [MAIL, MAIL, DIGEST]
        (hour,) = await mails.list_ended(AFTER, limit=10)
        assert [each.event_id for each in hour.held] == [a_notification(2).event_id]

    async def test_each_recipient_has_a_count_of_its_own(self, mails: HourlyMails) -> None:
        await self.admitted(mails, range(3))

        allowance = await mails.admit(a_notification(9, BOB), ends_at=ENDS_AT, at_most=2)

        assert allowance is MAIL

    async def test_each_hour_has_a_count_of_its_own(self, mails: HourlyMails) -> None:
        await self.admitted(mails, range(3))

        assert await self.admitted(mails, range(5, 8), hours=1) == [MAIL, MAIL, DIGEST]

    async def test_a_mail_that_could_not_be_sent_in_its_hour_is_counted_in_a_later_one(
        self, mails: HourlyMails
    ) -> None:
        await self.admitted(mails, range(2))

        assert await self.admitted(mails, range(1, 4), hours=1) == [MAIL, MAIL, DIGEST]

    async def test_what_is_held_stays_so_in_later_hours(self, mails: HourlyMails) -> None:
        await self.admitted(mails, range(3))

        assert await self.admitted(mails, range(2, 3), hours=1) == [DIGEST]

    async def test_an_hour_is_given_with_all_that_it_holds_once_it_is_over(self, mails: HourlyMails) -> None:
        await self.admitted(mails, range(5))

        assert list(await mails.list_ended(ENDS_AT, limit=10)) == []
        assert list(await mails.list_ended(AFTER, limit=10)) == [
            HourOfMails(
                recipient=ADA,
                ends_at=ENDS_AT,
                held=(a_notification(2), a_notification(3), a_notification(4)),
                unlisted=0,
            )
        ]

    async def test_an_hour_that_holds_nothing_is_not_given(self, mails: HourlyMails) -> None:
        await self.admitted(mails, range(2))

        assert list(await mails.list_ended(AFTER, limit=10)) == []

    async def test_the_oldest_hours_are_given_first(self, mails: HourlyMails) -> None:
        for hours in (2, 0, 1):
            await self.admitted(mails, range(10 * hours, 10 * hours + 3), hours=hours)

        ended = await mails.list_ended(AFTER + 9 * HOUR, limit=2)

        assert [hour.ends_at for hour in ended] == [ENDS_AT, ENDS_AT + HOUR]

    @pytest.mark.measured_elsewhere
    async def test_more_than_a_digest_lists_is_counted(self, mails: HourlyMails) -> None:
        await self.admitted(mails, range(2 + LISTED_IN_DIGEST + 3))

        (hour,) = await mails.list_ended(AFTER, limit=10)
        assert (len(hour.held), hour.unlisted) == (LISTED_IN_DIGEST, 3)
        await mails.settle(hour)
        assert list(await mails.list_ended(AFTER, limit=10)) == []

    async def test_a_settled_hour_holds_nothing(self, mails: HourlyMails) -> None:
        await self.admitted(mails, range(5))
        (hour,) = await mails.list_ended(AFTER, limit=10)

        for _ in range(2):
            await mails.settle(hour)

        assert list(await mails.list_ended(AFTER, limit=10)) == []

    async def test_what_was_held_after_the_look_stays(self, mails: HourlyMails) -> None:
        """The clock of its process was behind."""
        await self.admitted(mails, range(3))
        (hour,) = await mails.list_ended(AFTER, limit=10)
        await self.admitted(mails, range(3, 4))

        await mails.settle(hour)

        (left,) = await mails.list_ended(AFTER, limit=10)
        assert left == replace(hour, held=(a_notification(3),))

    async def test_settling_an_hour_leaves_others_alone(self, mails: HourlyMails) -> None:
        await self.admitted(mails, range(3))
        await self.admitted(mails, range(5, 8), hours=1)
        first, second = await mails.list_ended(AFTER + HOUR, limit=10)

        await mails.settle(first)

        assert list(await mails.list_ended(AFTER + HOUR, limit=10)) == [second]

    async def test_counts_of_old_hours_are_forgotten_but_nothing_that_is_held(
        self, mails: HourlyMails
    ) -> None:
        await self.admitted(mails, range(2))
        await self.admitted(mails, range(5, 8), hours=1)

        assert await mails.forget_before(ENDS_AT) == 0
        assert await mails.forget_before(AFTER + HOUR) == 1
        assert await mails.forget_before(AFTER + HOUR) == 0

        assert await self.admitted(mails, range(10, 12)) == [MAIL, MAIL], "the count begins anew"
        (hour,) = await mails.list_ended(AFTER + HOUR, limit=10)
        assert hour.ends_at == ENDS_AT + HOUR

    @pytest.mark.measured_elsewhere
    async def test_the_limit_holds_however_many_ask_at_once(self, mails: HourlyMails) -> None:
        answers = await asyncio.gather(
            *(mails.admit(a_notification(number), ends_at=ENDS_AT, at_most=5) for number in range(30))
        )

        assert Counter(answers) == {MAIL: 5, DIGEST: 25}
        (hour,) = await mails.list_ended(AFTER, limit=10)
        assert len({each.key for each in hour.held}) == len(hour.held) == 25
