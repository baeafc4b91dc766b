import asyncio
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from typing_extensions import override

from tests.contracts.examples import NOW, SECOND, a_user
from tests.unit.builders import FINAL, completed, failed, queued
from tests.unit.faults import Act, Gate, down, in_no_time, raising
from tracklift_adapters.in_memory.clock import ManualClock
from tracklift_adapters.in_memory.delivery_log import InMemoryDeliveryLog
from tracklift_adapters.in_memory.hourly_mails import InMemoryHourlyMails
from tracklift_domain.conversion.events import ConversionCompleted, ConversionFailed, ConversionRequested
from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.events import Event
from tracklift_domain.identifiers import EventId
from tracklift_domain.messaging.delivery import DeadLetter, Done, RetryAfter
from tracklift_domain.notification.announce_outcome import AnnounceOutcome, notification_of
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.hour_of_mails import end_of_hour
from tracklift_domain.notification.mail_link import MailLink
from tracklift_domain.notification.notification import Mail, Notification, NotificationKind
from tracklift_domain.notification.ports import DeliveryClaim, MailComposer, Mailer
from tracklift_domain.notification.send_digests import CLOCK_SKEW, SendDigests
from tracklift_domain.notification.send_once import LOOK_AGAIN, SENDING_TAKES, SendOnce
from tracklift_domain.notification.tell_of_account_change import TellOfAccountChange
from tracklift_domain.user.errors import InvalidEmailAddressError
from tracklift_domain.user.events import UserDeleted

COMPLETED = ConversionCompleted.of(completed())
FAILED = ConversionFailed.of(failed(2, failure=FINAL))


MAILS_PER_HOUR = 3


class PlainComposer(MailComposer):
    @override
    def compose(self, notification: Notification) -> Mail:
        return Mail(
            message_id=f"{notification.event_id}@tracklift.example",
            recipient=notification.recipient,
            subject=notification.kind.value,
            text=str(dict(notification.facts)),
            html="",
        )


class ScriptedMailer(Mailer):
    """Hands mail over to a list, and does first what it is told to do."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self.acts: list[Act] = []
        self.unreachable: set[str] = set()
        self.tries = 0

    @override
    async def send(self, mail: Mail) -> None:
        self.tries += 1
        if mail.recipient.value in self.unreachable:
            raise down()
        while self.acts:
            await self.acts.pop(0)()
        self.sent.append(mail)


class UnreliableLog(InMemoryDeliveryLog):
    """A delivery log, each method of which does first what it is told to do."""

    def __init__(self) -> None:
        super().__init__()
        self.acts: dict[str, Act] = {}

    async def _act(self, call: str) -> None:
        if act := self.acts.pop(call, None):
            await act()

    @override
    async def claim(self, key: str, *, now: datetime, until: datetime) -> DeliveryClaim:
        await self._act("claim")
        return await super().claim(key, now=now, until=until)

    @override
    async def record_sent(self, key: str, now: datetime) -> None:
        await self._act("record_sent")
        await super().record_sent(key, now)

    @override
    async def release(self, key: str) -> None:
        await self._act("release")
        await super().release(key)


class PostOffice:
    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.log = UnreliableLog()
        self.mailer = ScriptedMailer()
        send_once = SendOnce(composer=PlainComposer(), mailer=self.mailer, log=self.log, clock=self.clock)
        self.mails = InMemoryHourlyMails()
        self.announce = AnnounceOutcome(
            send_once=send_once, mails=self.mails, clock=self.clock, mails_per_hour=MAILS_PER_HOUR
        )
        self.send_digests = SendDigests(mails=self.mails, send_once=send_once, clock=self.clock)
        self.mail_link = MailLink(send_once=send_once, clock=self.clock)
        self.tell_of_account_change = TellOfAccountChange(send_once=send_once)


@pytest.fixture
def office() -> PostOffice:
    return PostOffice()


class TestWhatIsTold:
    def test_a_finished_conversion_is_told_with_all_that_its_mail_needs(self) -> None:
        notification = notification_of(COMPLETED)
        assert notification is not None
        assert notification.kind is NotificationKind.AUDIO_READY
        assert notification.recipient.value == "ada@example.org"
        assert notification.facts == {
            "conversion_id": COMPLETED.conversion_id,
            "video_name": "talk.mp4",
            "audio_name": "talk.mp3",
            "audio_size": 4_321,
            "audio_duration": 2.5,
            "available_until": COMPLETED.available_until,
        }

    def test_how_much_of_the_sound_was_lost_is_told_if_any_was(self) -> None:
        notification = notification_of(replace(COMPLETED, audio_damage=0.35))
        assert notification is not None
        assert notification.facts["audio_damage"] == 0.35
        assert "audio_cut_off" not in notification.facts

    @pytest.mark.parametrize("cut_off", [0.0, 1.2])
    def test_a_recording_that_broke_off_is_told_also_where_it_is_not_known_how_much_is_missing(
        self, cut_off: float
    ) -> None:
        notification = notification_of(replace(COMPLETED, audio_cut_off=cut_off))
        assert notification is not None
        assert notification.facts["audio_cut_off"] == cut_off
        assert "audio_damage" not in notification.facts

    def test_a_failed_conversion_is_told_with_its_reason(self) -> None:
        notification = notification_of(FAILED)
        assert notification is not None
        assert notification.kind is NotificationKind.CONVERSION_FAILED
        assert notification.facts == {
            "conversion_id": FAILED.conversion_id,
            "video_name": "talk.mp4",
            "code": "no_audio_track",
            "detail": FINAL.detail,
        }

    def test_event_and_recipient_make_the_key(self) -> None:
        notification = notification_of(COMPLETED)
        assert notification is not None
        assert notification.key == f"{COMPLETED.id}:ada@example.org"

    @pytest.mark.parametrize("event", [ConversionRequested.of(queued()), UserDeleted.of(a_user(), NOW)])
    def test_other_events_are_nothing_to_tell(self, event: Event) -> None:
        assert notification_of(event) is None

    def test_an_event_without_an_address_is_an_error(self) -> None:
        with pytest.raises(InvalidEmailAddressError):
            notification_of(replace(COMPLETED, email="nobody"))


@pytest.mark.parametrize("event", [COMPLETED, FAILED])
async def test_an_outcome_is_told_once_however_often_its_event_comes(
    office: PostOffice, event: Event
) -> None:
    for _ in range(3):
        assert await office.announce(event) == Done()
        office.clock.advance(SENDING_TAKES * 10)
    assert len(office.mailer.sent) == 1


async def test_each_outcome_has_a_mail_of_its_own(office: PostOffice) -> None:
    await office.announce(COMPLETED)
    await office.announce(FAILED)
    assert [mail.subject for mail in office.mailer.sent] == ["audio_ready", "conversion_failed"]


@pytest.mark.parametrize("event", [ConversionRequested.of(queued()), UserDeleted.of(a_user(), NOW)])
async def test_an_event_that_is_nothing_to_tell_is_dead_lettered(office: PostOffice, event: Event) -> None:
    answer = await office.announce(event)
    assert isinstance(answer, DeadLetter)
    assert event.type in answer.reason


@pytest.mark.parametrize("event", [COMPLETED, FAILED])
async def test_an_event_whose_address_is_none_is_dead_lettered(office: PostOffice, event: Event) -> None:
    """It would fail in the same way for ever."""
    answer = await office.announce(replace(event, email="not an address"))  # type: ignore[call-arg]
    assert isinstance(answer, DeadLetter)
    assert office.mailer.sent == []


async def test_while_another_sender_is_at_it_the_event_waits(office: PostOffice) -> None:
    gate = Gate()
    office.mailer.acts = [gate]
    first = asyncio.create_task(office.announce(COMPLETED))
    await gate.reached.wait()
    answer = await office.announce(COMPLETED)
    assert isinstance(answer, RetryAfter)
    assert answer.delay == LOOK_AGAIN
    gate.open()
    assert await first == Done()
    assert await office.announce(COMPLETED) == Done()
    assert len(office.mailer.sent) == 1


async def test_a_sender_that_died_is_followed_by_another_with_the_same_mail(office: PostOffice) -> None:
    notification = notification_of(COMPLETED)
    assert notification is not None
    await office.log.claim(notification.key, now=NOW, until=NOW + SENDING_TAKES)
    office.clock.advance(SENDING_TAKES - SECOND)
    assert isinstance(await office.announce(COMPLETED), RetryAfter)
    office.clock.advance(SECOND)
    assert await office.announce(COMPLETED) == Done()
    assert [mail.message_id for mail in office.mailer.sent] == [f"{COMPLETED.id}@tracklift.example"]


async def test_a_mail_that_is_refused_is_dead_lettered_with_the_reason(office: PostOffice) -> None:
    office.mailer.acts = [raising(MailRefusedError("no such mailbox"))]
    answer = await office.announce(COMPLETED)
    assert isinstance(answer, DeadLetter)
    assert "no such mailbox" in answer.reason
    assert await office.announce(COMPLETED) == Done(), "an operator may have it sent again at once"
    assert len(office.mailer.sent) == 1


async def test_a_mail_that_is_refused_while_the_log_is_down_is_dead_lettered_all_the_same(
    office: PostOffice,
) -> None:
    office.mailer.acts = [raising(MailRefusedError("no such mailbox"))]
    office.log.acts["release"] = raising(down())
    assert isinstance(await office.announce(COMPLETED), DeadLetter)


@pytest.mark.parametrize("error", [down(), RuntimeError("a mistake")])
async def test_a_mail_that_could_not_be_handed_over_is_sent_with_the_next_delivery(
    office: PostOffice, error: Exception
) -> None:
    office.mailer.acts = [raising(error)]
    with pytest.raises(type(error)):
        await office.announce(COMPLETED)
    assert await office.announce(COMPLETED) == Done()
    assert len(office.mailer.sent) == 1


async def test_a_sending_that_takes_too_long_is_broken_off_while_its_claim_holds(office: PostOffice) -> None:
    """If it went on behind its claim, another sender would send the same mail beside it."""
    announce = AnnounceOutcome(
        send_once=SendOnce(
            composer=PlainComposer(),
            mailer=office.mailer,
            log=office.log,
            clock=office.clock,
            longest_sending=timedelta(milliseconds=1),
        ),
        mails=office.mails,
        clock=office.clock,
    )
    gate = Gate()
    office.mailer.acts = [gate]
    with pytest.raises(ServiceUnavailableError, match="took over"):
        await announce(COMPLETED)
    assert await office.announce(COMPLETED) == Done()
    assert len(office.mailer.sent) == 1


async def test_a_claim_that_cannot_be_given_back_runs_out(office: PostOffice) -> None:
    office.mailer.acts = [raising(RuntimeError("a mistake"))]
    office.log.acts["release"] = raising(down())
    with pytest.raises(RuntimeError, match="a mistake"):
        await office.announce(COMPLETED)
    assert isinstance(await office.announce(COMPLETED), RetryAfter)
    office.clock.advance(SENDING_TAKES)
    assert await office.announce(COMPLETED) == Done()


async def test_without_the_log_nothing_is_sent(office: PostOffice) -> None:
    office.log.acts["claim"] = raising(down())
    with pytest.raises(ServiceUnavailableError):
        await office.announce(COMPLETED)
    assert office.mailer.sent == []


async def test_a_log_that_is_down_just_after_the_sending_brings_the_same_mail_once_more(
    office: PostOffice,
) -> None:
    """The one case in which a mail is handed over twice: better than never. Its Message-ID tells."""
    office.log.acts["record_sent"] = raising(down())
    with pytest.raises(ServiceUnavailableError):
        await office.announce(COMPLETED)
    assert isinstance(await office.announce(COMPLETED), RetryAfter), "not at once: the claim still holds"
    office.clock.advance(SENDING_TAKES)
    assert await office.announce(COMPLETED) == Done()
    assert len({mail.message_id for mail in office.mailer.sent}) == 1


async def test_a_cancelled_sending_gives_its_claim_back(office: PostOffice) -> None:
    sending, releasing = Gate(), Gate()
    office.mailer.acts = [sending]
    office.log.acts["release"] = releasing
    task = asyncio.create_task(office.announce(COMPLETED))
    await sending.reached.wait()
    task.cancel()
    await releasing.reached.wait()
    task.cancel()
    await in_no_time()
    releasing.open()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await office.announce(COMPLETED) == Done()
    assert len(office.mailer.sent) == 1


async def test_a_cancelled_sending_stays_cancelled_when_the_log_is_down(office: PostOffice) -> None:
    sending = Gate()
    office.mailer.acts = [sending]
    office.log.acts["release"] = raising(down())
    task = asyncio.create_task(office.announce(COMPLETED))
    await sending.reached.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_mail_that_was_handed_over_is_noted_even_when_cancelled_just_then(office: PostOffice) -> None:
    recording = Gate()
    office.log.acts["record_sent"] = recording
    task = asyncio.create_task(office.announce(COMPLETED))
    await recording.reached.wait()
    task.cancel()
    await in_no_time()
    recording.open()
    with pytest.raises(asyncio.CancelledError):
        await task
    office.clock.advance(SENDING_TAKES)
    assert await office.announce(COMPLETED) == Done()
    assert len(office.mailer.sent) == 1


@pytest.mark.parametrize(
    "event", [replace(COMPLETED, email_verified=False), replace(FAILED, email_verified=False)]
)
async def test_an_unverified_address_is_mailed_no_outcome(office: PostOffice, event: Event) -> None:
    """It may be a stranger's, whom the sender of the video chose."""
    assert await office.announce(event) == Done()
    assert office.mailer.sent == []


HOUR = timedelta(hours=1)


def outcome(number: int) -> ConversionCompleted:
    return replace(COMPLETED, id=EventId(f"event.{number}"))


class TestMoreThanAnHourAllows:
    async def test_the_rest_is_told_in_one_digest_once_the_hour_is_over(self, office: PostOffice) -> None:
        for number in range(10):
            assert await office.announce(outcome(number)) == Done()
        assert len(office.mailer.sent) == MAILS_PER_HOUR
        assert await office.send_digests() == 0, "the hour is not over"

        office.clock.advance(HOUR)
        assert await office.send_digests() == 1

        digest = office.mailer.sent[-1]
        assert len(office.mailer.sent) == MAILS_PER_HOUR + 1
        assert digest.subject == NotificationKind.DIGEST.value
        assert "'count': 7" in digest.text
        assert await office.send_digests() == 0

    async def test_a_digest_waits_for_processes_whose_clock_is_behind(self, office: PostOffice) -> None:
        for number in range(4):
            await office.announce(outcome(number))
        office.clock.advance(end_of_hour(NOW) - NOW + CLOCK_SKEW)
        assert await office.send_digests() == 0
        office.clock.advance(SECOND)
        assert await office.send_digests() == 1

    async def test_a_redelivered_outcome_is_told_once_whether_by_mail_or_by_digest(
        self, office: PostOffice
    ) -> None:
        for _ in range(2):
            for number in range(5):
                assert await office.announce(outcome(number)) == Done()
        office.clock.advance(HOUR)
        await office.send_digests()
        for number in range(5):
            assert await office.announce(outcome(number)) == Done()
        assert len(office.mailer.sent) == MAILS_PER_HOUR + 1
        assert "'count': 2" in office.mailer.sent[-1].text

    async def test_an_outcome_that_was_held_but_not_noted_is_in_the_digest_alone(
        self, office: PostOffice
    ) -> None:
        """The process died in between, and the event is redelivered in another hour."""
        for number in range(3):
            await office.announce(outcome(number))
        office.log.acts["record_sent"] = raising(down())
        with pytest.raises(ServiceUnavailableError):
            await office.announce(outcome(3))
        office.clock.advance(HOUR)
        assert await office.announce(outcome(3)) == Done()
        assert len(office.mailer.sent) == MAILS_PER_HOUR
        assert await office.send_digests() == 1
        assert "'count': 1" in office.mailer.sent[-1].text

    async def test_a_new_hour_begins_with_mails_again(self, office: PostOffice) -> None:
        for number in range(4):
            await office.announce(outcome(number))
        office.clock.advance(HOUR)
        await office.announce(outcome(4))
        assert len(office.mailer.sent) == MAILS_PER_HOUR + 1

    async def test_a_digest_waits_for_a_mail_server_that_is_down(self, office: PostOffice) -> None:
        for number in range(4):
            await office.announce(outcome(number))
        office.clock.advance(HOUR)
        office.mailer.acts = [raising(down())]
        with pytest.raises(ServiceUnavailableError):
            await office.send_digests()
        assert await office.send_digests() == 1
        assert len(office.mailer.sent) == MAILS_PER_HOUR + 1

    async def test_digests_that_can_not_be_sent_now_hold_up_no_other_one(self, office: PostOffice) -> None:
        """As when the mail server refuses some recipients with a code of the 400s, again and again."""
        unreachable = [f"far{number}@example.org" for number in range(6)]
        for number in range(4):
            for email in [*unreachable, "ada@example.org"]:
                await office.announce(replace(outcome(number), email=email))
        office.clock.advance(HOUR)
        office.mailer.unreachable = {*unreachable}
        before = len(office.mailer.sent)
        for _ in range(3):
            with pytest.raises(ServiceUnavailableError):
                await office.send_digests()
        assert [mail.recipient.value for mail in office.mailer.sent[before:]] == ["ada@example.org"]
        office.mailer.unreachable = set()
        assert await office.send_digests() == len(unreachable)
        assert await office.send_digests() == 0

    async def test_while_the_mail_server_is_down_a_round_ends_after_few_digests(
        self, office: PostOffice
    ) -> None:
        recipients = [f"user{number}@example.org" for number in range(8)]
        for number in range(4):
            for email in recipients:
                await office.announce(replace(outcome(number), email=email))
        office.clock.advance(HOUR)
        office.mailer.unreachable = {*recipients}
        office.mailer.tries = 0
        with pytest.raises(ServiceUnavailableError):
            await office.send_digests()
        assert office.mailer.tries == 3

    async def test_a_digest_that_another_process_sends_is_left_to_it(self, office: PostOffice) -> None:
        for number in range(4):
            await office.announce(outcome(number))
        now = office.clock.advance(HOUR)
        (hour,) = await office.mails.list_ended(now, limit=1)
        await office.log.claim(hour.to_digest().key, now=now, until=now + SENDING_TAKES)
        assert await office.send_digests() == 0
        office.clock.advance(SENDING_TAKES)
        assert await office.send_digests() == 1

    async def test_a_digest_that_was_sent_before_a_crash_is_not_sent_again(self, office: PostOffice) -> None:
        for number in range(4):
            await office.announce(outcome(number))
        now = office.clock.advance(HOUR)
        (hour,) = await office.mails.list_ended(now, limit=1)
        await office.log.record_sent(hour.to_digest().key, now)
        assert await office.send_digests() == 1
        assert len(office.mailer.sent) == MAILS_PER_HOUR
        assert list(await office.mails.list_ended(now, limit=1)) == []

    async def test_a_digest_that_is_refused_is_dropped_and_the_log_says_so(
        self, office: PostOffice, caplog: pytest.LogCaptureFixture
    ) -> None:
        for number in range(4):
            await office.announce(outcome(number))
        office.clock.advance(HOUR)
        office.mailer.acts = [raising(MailRefusedError("no such mailbox"))]
        assert await office.send_digests() == 1
        assert "A digest of 1 outcomes is dropped" in caplog.text
        assert await office.send_digests() == 0
