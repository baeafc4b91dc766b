"""What every composer of mails must do."""

import re
from abc import abstractmethod
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tracklift_domain.identifiers import EventId
from tracklift_domain.notification.hour_of_mails import HourOfMails
from tracklift_domain.notification.notification import Notification, NotificationKind
from tracklift_domain.notification.ports import MailComposer
from tracklift_domain.user.email_address import EmailAddress

CONVERSION_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
READY = Notification(
    event_id=EventId(f"{CONVERSION_ID}.5"),
    recipient=EmailAddress("ada@example.org"),
    kind=NotificationKind.AUDIO_READY,
    facts={
        "conversion_id": CONVERSION_ID,
        "video_name": "talk.mp4",
        "audio_name": "talk.mp3",
        "audio_size": 3_412_345,
        "audio_duration": 3723.4,
        "available_until": "2025-12-01T14:05:09Z",
    },
)
DAMAGED = replace(READY, facts={**READY.facts, "audio_damage": 0.35})
CUT_OFF = replace(READY, facts={**READY.facts, "audio_cut_off": 1.23})
CUT_OFF_SOMEWHERE = replace(READY, facts={**READY.facts, "audio_cut_off": 0.0})
FAILED = Notification(
    event_id=EventId(f"{CONVERSION_ID}.7"),
    recipient=EmailAddress("ada@example.org"),
    kind=NotificationKind.CONVERSION_FAILED,
    facts={
        "conversion_id": CONVERSION_ID,
        "video_name": "talk.mp4",
        "code": "no_audio_track",
        "detail": "The video has no audio track: choose one with sound.",
    },
)
TOKEN = "Zk3wN1c0R5b7-_Zk3wN1c0R5b7Zk3wN1c0R5b7Zk3wN"  # made up
VERIFY = Notification(
    event_id=EventId("ada.verify_email.5fb7"),
    recipient=EmailAddress("ada@example.org"),
    kind=NotificationKind.VERIFY_EMAIL,
    facts={"token": TOKEN, "expires_at": "2025-12-01T14:05:09Z"},
)
RESET = replace(VERIFY, event_id=EventId("ada.reset_password.5fb7"), kind=NotificationKind.RESET_PASSWORD)
ABOUT_A_VIDEO = [READY, FAILED]
INVITATION = replace(VERIFY, event_id=EventId("ada.accept_invitation.5fb7"), kind=NotificationKind.INVITATION)
CHANGE_EMAIL = replace(VERIFY, event_id=EventId("ada.change_email.5fb7"), kind=NotificationKind.CHANGE_EMAIL)
EMAIL_CHANGED = replace(
    VERIFY,
    event_id=EventId("ada.email_changed.2"),
    kind=NotificationKind.EMAIL_CHANGED,
    facts={"email": "new@example.org"},
)
FACTOR_REMOVED = replace(
    VERIFY,
    event_id=EventId("ada.second_factor_removed.1"),
    kind=NotificationKind.SECOND_FACTOR_REMOVED,
    facts={"by_admin": True},
)
WITH_A_TOKEN = [VERIFY, RESET, INVITATION, CHANGE_EMAIL]


def digest_of(*held: Notification, unlisted: int = 0) -> Notification:
    """Give the notification that tells of several in one mail."""
    hour = HourOfMails(
        recipient=READY.recipient,
        ends_at=datetime(2025, 12, 1, 15, tzinfo=UTC),
        held=held,
        unlisted=unlisted,
    )
    return hour.to_digest()


DIGEST = digest_of(READY, FAILED)
OF_EACH_KIND = {
    each.kind: each for each in (*ABOUT_A_VIDEO, *WITH_A_TOKEN, EMAIL_CHANGED, FACTOR_REMOVED, DIGEST)
}
HOSTILE_NAMES = [
    "<script>alert(1)</script>.mp4",
    "\"><img src=x onerror='alert(1)'>.mp4",
    "</title></html><a href='https://evil.example'>.mp4",
    "&lt;b&gt;.mp4",
    "{{ 7 * 7 }} {% raw %}.mp4",
    "two\r\nlines\n\nBcc: eve@example.org.mp4",
    "tab\tand\0nul\x1b[31m.mp4",
    "separator\u2028and\u2029and\x85.mp4",
    "🎬🎧👍🏽.mp4",
    "Grüße, мир, 世界, שלום.mp4",
    "x" * 196 + ".mp4",
    "🎧" * 196 + ".mp4",
]


def named(notification: Notification, name: str) -> Notification:
    """Give the notification about a video, or about several, of another name."""
    if notification.kind is NotificationKind.DIGEST:
        return digest_of(named(READY, name), named(FAILED, name))
    names = (
        {"video_name": name, "audio_name": name}
        if "audio_name" in notification.facts
        else {"video_name": name}
    )
    return replace(notification, facts={**notification.facts, **names})


class MailComposerContract:
    """Inherited by the tests of each composer."""

    @pytest.fixture
    @abstractmethod
    def composer(self) -> MailComposer:
        """Give a composer."""
        raise NotImplementedError

    @pytest.mark.parametrize("kind", NotificationKind)
    def test_writes_to_the_recipient(self, composer: MailComposer, kind: NotificationKind) -> None:
        mail = composer.compose(OF_EACH_KIND[kind])

        assert mail.recipient == OF_EACH_KIND[kind].recipient
        assert mail.subject
        assert mail.text.endswith("\n")
        assert mail.html.endswith("\n")

    @pytest.mark.parametrize("notification", ABOUT_A_VIDEO, ids=lambda each: each.kind)
    def test_names_the_video_and_its_conversion(
        self, composer: MailComposer, notification: Notification
    ) -> None:
        mail = composer.compose(notification)

        for body in (mail.text, mail.html):
            assert "talk.mp4" in body
            assert CONVERSION_ID in body

    def test_a_digest_names_each_video_and_tells_the_number_of_those_that_it_does_not_list(
        self, composer: MailComposer
    ) -> None:
        mail = composer.compose(digest_of(READY, named(FAILED, "other.mp4"), unlisted=40))

        for body in (mail.text, mail.html):
            assert "talk.mp3" in body
            assert "other.mp4" in body
            assert "no_audio_track" in body
            assert "40" in body
            assert "42" in body
        assert "40" not in composer.compose(DIGEST).text

    @pytest.mark.one_in(4)
    @pytest.mark.parametrize("notification", [*ABOUT_A_VIDEO, DIGEST], ids=lambda each: each.kind)
    @pytest.mark.parametrize("name", ["Win a prize.mp4", *HOSTILE_NAMES])
    def test_the_subject_has_none_of_the_senders_words(
        self, composer: MailComposer, notification: Notification, name: str
    ) -> None:
        """Anybody can have a mail sent with a name of their choice; the subject is what everybody reads."""
        assert composer.compose(named(notification, name)).subject == composer.compose(notification).subject

    @pytest.mark.parametrize("notification", [*ABOUT_A_VIDEO, DIGEST], ids=lambda each: each.kind)
    def test_a_long_name_is_shortened(self, composer: MailComposer, notification: Notification) -> None:
        mail = composer.compose(named(notification, f"{'word ' * 39}.mp4"))

        for body in (mail.text, mail.html):
            assert "word word … .mp4".replace(" … ", "…") in body
            # In the mail of one conversion two names, in this digest three, each of a dozen words at the most.
            assert body.count("word") <= 3 * 12

    @pytest.mark.parametrize("notification", [*ABOUT_A_VIDEO, DIGEST], ids=lambda each: each.kind)
    @pytest.mark.parametrize(
        "name", ["www.evil.example.mp4", "https:evil.example.mp4", "me@evil.example", "evil.mov"]
    )
    def test_no_program_makes_a_link_of_a_name(
        self, composer: MailComposer, notification: Notification, name: str
    ) -> None:
        mail = composer.compose(named(notification, name))

        for body in (mail.text, mail.html):
            assert re.search(r"[.:@]\s?(?=evil)|evil", body)
            assert not re.search(r"(?:www\.|:|@)evil|evil\.(?:example|mov)", body)

    @pytest.mark.parametrize("notification", WITH_A_TOKEN, ids=lambda each: each.kind)
    def test_a_token_is_in_the_mail_and_in_nothing_that_others_see_of_it(
        self, composer: MailComposer, notification: Notification
    ) -> None:
        """Subjects and Message-IDs are logged, here and on the way."""
        mail = composer.compose(notification)

        assert TOKEN in mail.text
        assert TOKEN in mail.html
        assert TOKEN not in mail.subject
        assert TOKEN not in mail.message_id
        assert TOKEN not in repr(notification)

    @pytest.mark.parametrize("kind", NotificationKind)
    def test_writes_the_same_mail_each_time(self, composer: MailComposer, kind: NotificationKind) -> None:
        assert composer.compose(OF_EACH_KIND[kind]) == composer.compose(OF_EACH_KIND[kind])

    def test_each_event_and_each_recipient_has_a_message_id_of_its_own(self, composer: MailComposer) -> None:
        notifications = [
            READY,
            replace(READY, recipient=EmailAddress("eve@example.org")),
            replace(READY, event_id=EventId(f"{CONVERSION_ID}.6")),
            FAILED,
        ]

        message_ids = {composer.compose(notification).message_id for notification in notifications}

        assert len(message_ids) == len(notifications)
        # RFC 5322, section 3.6.4, as far as it can be used everywhere.
        assert all(re.fullmatch(r"[0-9a-zA-Z.]+@[0-9a-zA-Z.:\[\]-]+", found) for found in message_ids)

    def test_the_message_id_does_not_depend_on_the_facts(self, composer: MailComposer) -> None:
        assert composer.compose(named(READY, "other.mp4")).message_id == composer.compose(READY).message_id

    def test_says_why_a_conversion_failed(self, composer: MailComposer) -> None:
        mail = composer.compose(FAILED)

        for body in (mail.text, mail.html):
            assert "The video has no audio track: choose one with sound." in body
            assert "no_audio_track" in body

    def test_says_how_much_of_the_sound_was_lost(self, composer: MailComposer) -> None:
        mail = composer.compose(DAMAGED)

        assert "0.35" in mail.text
        assert "0.35" in mail.html

    def test_says_about_how_much_is_missing_at_the_end_of_a_recording_that_broke_off(
        self, composer: MailComposer
    ) -> None:
        mail = composer.compose(CUT_OFF)

        for body in (mail.text, mail.html):
            assert "1.2" in body
            assert "silent" not in body

    def test_says_that_a_recording_broke_off_also_where_it_is_not_known_how_much_is_missing(
        self, composer: MailComposer
    ) -> None:
        whole, cut_off = composer.compose(READY), composer.compose(CUT_OFF_SOMEWHERE)

        assert set(whole.text.splitlines()) < set(cut_off.text.splitlines())
        assert len(cut_off.html) > len(whole.html)

    def test_says_nothing_of_losses_where_nothing_was_lost(self, composer: MailComposer) -> None:
        whole, damaged = composer.compose(READY), composer.compose(DAMAGED)

        assert set(whole.text.splitlines()) < set(damaged.text.splitlines())
        for body in (whole.text, whole.html):
            assert "damage" not in body
            assert "decoded" not in body
            assert "breaks off" not in body
            assert "cut_off" not in body

    @pytest.mark.one_in(4)
    @pytest.mark.parametrize(
        "notification",
        [*ABOUT_A_VIDEO, DAMAGED, CUT_OFF, CUT_OFF_SOMEWHERE, DIGEST],
        ids=["ready", "failed", "damaged", "cut off", "cut off somewhere", "digest"],
    )
    @pytest.mark.parametrize("name", HOSTILE_NAMES)
    def test_no_name_gets_out_of_its_place(
        self, composer: MailComposer, notification: Notification, name: str
    ) -> None:
        plain = composer.compose(notification)
        mail = composer.compose(named(notification, name))

        assert len(mail.subject.splitlines()) == 1
        assert len(mail.text.splitlines()) == len(plain.text.splitlines())
        assert len(mail.html.splitlines()) == len(plain.html.splitlines())
        assert re.findall(r"<[^>]*>", mail.html) == re.findall(r"<[^>]*>", plain.html)
        assert "49" not in mail.subject

    @pytest.mark.parametrize(
        "name", ["🎬🎧👍🏽.mp4", "Grüße, мир, 世界.mp4", "x" * 56 + ".mp4", "Mr. Smith, part 2.mp4"]
    )
    def test_a_name_of_any_script_stays_as_it_is(self, composer: MailComposer, name: str) -> None:
        mail = composer.compose(named(FAILED, name))

        assert name in mail.text
        assert name in mail.html
