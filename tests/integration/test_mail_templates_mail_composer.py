"""The composer with templates keeps the contract of composers, and its mails read well."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from typing_extensions import override

from tests.contracts.mail_composer import (
    CHANGE_EMAIL,
    CONVERSION_ID,
    CUT_OFF,
    CUT_OFF_SOMEWHERE,
    DAMAGED,
    EMAIL_CHANGED,
    FACTOR_REMOVED,
    FAILED,
    INVITATION,
    READY,
    RESET,
    TOKEN,
    VERIFY,
    MailComposerContract,
    digest_of,
    named,
)
from tracklift_adapters.mail_templates.composer import TemplateMailComposer
from tracklift_adapters.mail_templates.wording import (
    about_in_words,
    duration_in_words,
    loss_in_words,
    one_line,
    size_in_words,
    utc_time_in_words,
)
from tracklift_domain.notification.notification import Notification
from tracklift_domain.notification.ports import MailComposer

PUBLIC_URL = "https://tracklift.example.org"
LINK = f"{PUBLIC_URL}/conversions/{CONVERSION_ID}"


@pytest.fixture(scope="module")
def read_once() -> TemplateMailComposer:
    """Give all tests one composer: it keeps nothing of a mail, and reading its templates takes most of the time."""
    return TemplateMailComposer(PUBLIC_URL)


class TestTemplateMailComposer(MailComposerContract):
    @pytest.fixture
    @override
    def composer(self, read_once: TemplateMailComposer) -> MailComposer:
        return read_once


class Page(HTMLParser):
    """What a reader of HTML finds in a page."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(html)
        self.close()

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    @override
    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    @override
    def handle_data(self, data: str) -> None:
        self.words += data.split()

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture
def composer(read_once: TemplateMailComposer) -> TemplateMailComposer:
    return read_once


def test_tells_of_a_finished_mp3_with_all_that_one_wants_to_know(composer: TemplateMailComposer) -> None:
    mail = composer.compose(READY)

    assert mail.subject == "Your MP3 is ready"
    assert mail.text == (
        "Your MP3 is ready.\n"
        "\n"
        "    talk.mp3\n"
        "    3.4 MB, 1 h 02 min 03 s\n"
        "    made from talk.mp4\n"
        "\n"
        "Download it here:\n"
        f"{LINK}\n"
        "\n"
        "You can download it until Monday, 1 December 2025, 14:05 UTC. After that, it will be deleted.\n"
        "\n"
        "Tracklift sent you this email because you uploaded the video.\n"
    )
    words = " ".join(Page(mail.html).words)
    assert "talk.mp3 3.4 MB, 1 h 02 min 03 s made from talk.mp4" in words
    assert "until Monday, 1 December 2025, 14:05 UTC" in words


def test_tells_in_a_sentence_how_much_of_the_sound_was_lost(composer: TemplateMailComposer) -> None:
    mail = composer.compose(DAMAGED)

    sentence = "0.35 seconds of the sound could not be decoded and are silent in the MP3."
    assert f"    made from talk.mp4\n\n{sentence}\n\nDownload it here:\n" in mail.text
    assert sentence in " ".join(Page(mail.html).words)


@pytest.mark.parametrize(
    ("notification", "sentence"),
    [
        (CUT_OFF, "The recording breaks off: about 1.2 seconds of sound are missing at its end."),
        (CUT_OFF_SOMEWHERE, "The recording breaks off, so its end is missing."),
    ],
)
def test_tells_in_a_sentence_that_the_recording_breaks_off(
    composer: TemplateMailComposer, notification: Notification, sentence: str
) -> None:
    mail = composer.compose(notification)

    assert f"    made from talk.mp4\n\n{sentence}\n\nDownload it here:\n" in mail.text
    assert sentence in " ".join(Page(mail.html).words)
    assert ("seconds" in mail.text) is ("seconds" in sentence)


def test_silence_and_a_missing_end_are_two_sentences(composer: TemplateMailComposer) -> None:
    mail = composer.compose(replace(DAMAGED, facts={**DAMAGED.facts, "audio_cut_off": 1.2}))

    sentences = [
        "0.35 seconds of the sound could not be decoded and are silent in the MP3.",
        "The recording breaks off: about 1.2 seconds of sound are missing at its end.",
    ]
    assert "\n\n".join(["", *sentences, "Download it here:"]) in mail.text
    assert " ".join(sentences) in " ".join(Page(mail.html).words)


def test_a_digest_is_a_list_of_what_ended(composer: TemplateMailComposer) -> None:
    mail = composer.compose(digest_of(READY, FAILED, unlisted=3))

    assert mail.subject == "5 more of your conversions have finished"
    assert mail.text == (
        "In the hour before Monday, 1 December 2025, 15:00 UTC, 5 more of your conversions have finished:\n"
        "\n"
        "    talk.mp3: MP3 ready\n"
        "    talk.mp4: failed (no_audio_track)\n"
        "    and 3 more\n"
        "\n"
        "See them all here:\n"
        f"{PUBLIC_URL}/\n"
        "\n"
        "Tracklift sent you this email because you uploaded the videos.\n"
    )
    page = Page(mail.html)
    assert len(page.attributes("li")) == 3
    assert [each["href"] for each in page.attributes("a")] == [f"{PUBLIC_URL}/"]


def test_a_digest_of_one_is_of_one(composer: TemplateMailComposer) -> None:
    assert composer.compose(digest_of(READY)).subject == "1 more of your conversions has finished"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.001, "about 0.1 seconds"),
        (1.23, "about 1.2 seconds"),
        (59.94, "about 59.9 seconds"),
        (59.96, "about 1 min 00 s"),
        (3723.4, "about 1 h 02 min 03 s"),
    ],
)
def test_an_estimate_is_written_to_the_tenth_of_a_second_or_to_the_second(seconds: float, words: str) -> None:
    assert about_in_words(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.001, "0.01 seconds"), (0.35, "0.35 seconds"), (75, "75.00 seconds")]
)
def test_a_loss_is_written_to_the_hundredth_of_a_second_and_never_as_nothing(
    seconds: float, words: str
) -> None:
    assert loss_in_words(seconds) == words


def test_tells_of_a_failure_with_its_reason(composer: TemplateMailComposer) -> None:
    mail = composer.compose(FAILED)

    assert mail.subject == "Your MP3 could not be made"
    assert mail.text == (
        "Your MP3 could not be made from talk.mp4.\n"
        "\n"
        "The video has no audio track: choose one with sound.\n"
        "(Reason: no_audio_track)\n"
        "\n"
        "See it here:\n"
        f"{LINK}\n"
        "\n"
        "Tracklift sent you this email because you uploaded the video.\n"
    )
    assert "choose one with sound. (Reason: no_audio_track)" in " ".join(Page(mail.html).words)


def test_asks_to_confirm_an_address(composer: TemplateMailComposer) -> None:
    mail = composer.compose(VERIFY)

    assert mail.subject == "Confirm your email address"
    assert mail.text == (
        "Confirm that this email address is yours.\n"
        "\n"
        "Open this page and press the button:\n"
        f"{PUBLIC_URL}/verify-email?token={TOKEN}\n"
        "\n"
        "The link works once, until Monday, 1 December 2025, 14:05 UTC.\n"
        "\n"
        "Tracklift sent you this email because someone signed up with this address. "
        "If that was not you, ignore it.\n"
    )
    assert "until Monday, 1 December 2025, 14:05 UTC" in " ".join(Page(mail.html).words)
    assert "uploaded" not in mail.html


def test_offers_to_choose_a_new_password(composer: TemplateMailComposer) -> None:
    mail = composer.compose(RESET)

    assert mail.subject == "Choose a new password"
    assert f"\n{PUBLIC_URL}/reset-password?token={TOKEN}\n" in mail.text
    for words in (" ".join(mail.text.split()), " ".join(Page(mail.html).words)):
        assert "works once, until Monday, 1 December 2025, 14:05 UTC" in words
        assert "signs you out everywhere" in words
        assert "If that was not you, ignore it: your password stays as it is." in words
        assert "uploaded" not in words


def test_a_token_can_not_change_the_link(composer: TemplateMailComposer) -> None:
    mail = composer.compose(replace(RESET, facts={**RESET.facts, "token": "a&b=<c>#\"'/"}))

    assert f"\n{PUBLIC_URL}/reset-password?token=a%26b%3D%3Cc%3E%23%22%27%2F\n" in mail.text


@pytest.mark.parametrize(
    ("notification", "link"),
    [
        (READY, LINK),
        (FAILED, LINK),
        (VERIFY, f"{PUBLIC_URL}/verify-email?token={TOKEN}"),
        (RESET, f"{PUBLIC_URL}/reset-password?token={TOKEN}"),
        (INVITATION, f"{PUBLIC_URL}/accept-invitation?token={TOKEN}"),
        (CHANGE_EMAIL, f"{PUBLIC_URL}/confirm-email?token={TOKEN}"),
        (EMAIL_CHANGED, f"{PUBLIC_URL}/"),
        (FACTOR_REMOVED, f"{PUBLIC_URL}/account"),
    ],
    ids=["ready", "failed", "verify", "reset", "invitation", "change", "changed", "factor"],
)
def test_the_page_is_accessible_and_loads_nothing(
    composer: TemplateMailComposer, notification: Notification, link: str
) -> None:
    """It names its language and title, nests well, has one heading, and its only address is the link."""
    mail = composer.compose(notification)
    page = Page(mail.html)

    assert page.open == []
    assert page.attributes("html") == [{"lang": "en"}]
    assert {"charset": "utf-8"} in page.attributes("meta")
    assert len(page.attributes("title")) == len(page.attributes("h1")) == 1
    assert [attributes["href"] for attributes in page.attributes("a")] == [link]
    assert re.findall(r"https?://[^\s\"<]+", mail.html) == [link]
    assert not {"img", "script", "link", "style", "iframe", "object"} & {tag for tag, _ in page.tags}
    assert "url(" not in mail.html


def test_shows_a_hostile_name_to_the_letter(composer: TemplateMailComposer) -> None:
    name = '<b>&amp;"quotes"\'{{ x }}.mp4'

    mail = composer.compose(named(FAILED, name))

    assert name in " ".join(Page(mail.html).words)
    assert f"from {name}.\n" in mail.text


def test_a_line_break_in_the_detail_makes_no_line(composer: TemplateMailComposer) -> None:
    mail = composer.compose(replace(FAILED, facts={**FAILED.facts, "detail": "one\r\n\r\ntwo"}))

    assert "\none two\n" in mail.text


def test_an_id_can_not_change_the_link(composer: TemplateMailComposer) -> None:
    facts = {**FAILED.facts, "conversion_id": "../x?y=<z>#\"'"}

    mail = composer.compose(replace(FAILED, facts=facts))

    assert f"\n{PUBLIC_URL}/conversions/..%2Fx%3Fy%3D%3Cz%3E%23%22%27\n" in mail.text


@pytest.mark.parametrize(
    ("notification", "missing"),
    [(notification, name) for notification in (READY, RESET) for name in sorted(notification.facts)],
)
def test_says_which_fact_is_missing(
    composer: TemplateMailComposer, notification: Notification, missing: str
) -> None:
    facts = {name: fact for name, fact in notification.facts.items() if name != missing}

    with pytest.raises(ValueError, match=f"lack {missing}"):
        composer.compose(replace(notification, facts=facts))


@pytest.mark.parametrize(
    ("public_url", "link", "host"),
    [
        ("https://tracklift.example.org/", "https://tracklift.example.org", "tracklift.example.org"),
        ("http://localhost:8080", "http://localhost:8080", "localhost"),
        ("https://example.org/audio/", "https://example.org/audio", "example.org"),
        ("http://[::1]:8080", "http://[::1]:8080", "[IPv6:::1]"),
        ("https://töne.example.org", "https://töne.example.org", "xn--tne-sna.example.org"),
    ],
)
def test_links_and_message_ids_come_from_the_public_url(public_url: str, link: str, host: str) -> None:
    mail = TemplateMailComposer(public_url).compose(READY)

    assert f"\n{link}/conversions/{CONVERSION_ID}\n" in mail.text
    assert mail.message_id.partition("@")[2] == host


@pytest.mark.parametrize(
    "public_url",
    [
        "",
        "tracklift.example.org",
        "ftp://example.org",
        "https://",
        "https://a.org/?x=1",
        "https://a.org/#x",
        "https://a.org\n",
        "https://a b.org",
        "javascript:alert(1)",
    ],
)
def test_what_is_no_public_url_is_refused_at_once(public_url: str) -> None:
    with pytest.raises(ValueError, match="public URL"):
        TemplateMailComposer(public_url)


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 bytes"),
        (1, "1 byte"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (3_412_345, "3.4 MB"),
        (2_500_000_000, "2.5 GB"),
        (7_200_000_000_000, "7.2 TB"),
    ],
)
def test_sizes_are_written_with_decimal_prefixes(size: int, words: str) -> None:
    assert size_in_words(size) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "less than 1 s"),
        (1, "1 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (123, "2 min 03 s"),
        (3599.7, "1 h 00 min 00 s"),
        (3723.4, "1 h 02 min 03 s"),
        (360_000, "100 h 00 min 00 s"),
    ],
)
def test_durations_are_written_to_the_second(seconds: float, words: str) -> None:
    assert duration_in_words(seconds) == words


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        ("2025-12-01T14:05:09Z", "Monday, 1 December 2025, 14:05 UTC"),
        ("2025-12-01T00:30:00+02:00", "Sunday, 30 November 2025, 22:30 UTC"),
        ("2026-02-08T09:07:59.999999Z", "Sunday, 8 February 2026, 09:07 UTC"),
    ],
)
def test_times_are_written_in_words_and_utc(moment: str, words: str) -> None:
    assert utc_time_in_words(moment) == words


@pytest.mark.parametrize("moment", ["soon", "2025-12-01T14:05:09", ""])
def test_what_is_not_a_time_is_refused(composer: TemplateMailComposer, moment: str) -> None:
    with pytest.raises(ValueError, match=r"offset|isoformat"):
        composer.compose(replace(READY, facts={**READY.facts, "available_until": moment}))


@pytest.mark.parametrize(
    ("name", "fact"),
    [
        ("audio_size", "big"),
        ("audio_duration", "long"),
        ("available_until", 5),
        ("audio_damage", "much"),
        ("audio_cut_off", "much"),
    ],
)
def test_a_fact_of_another_type_is_refused(
    composer: TemplateMailComposer, name: str, fact: str | int
) -> None:
    with pytest.raises(ValueError, match="can't be understood"):
        composer.compose(replace(READY, facts={**READY.facts, name: fact}))


def test_the_direction_of_writing_can_not_be_reversed() -> None:
    assert one_line("talk\u202e3pm.exe\u2066") == "talk 3pm.exe"
