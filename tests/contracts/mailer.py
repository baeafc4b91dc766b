"""What every mailer must do."""

import asyncio
from abc import abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.notification import Mail
from tracklift_domain.notification.ports import Mailer
from tracklift_domain.user.email_address import EmailAddress

MAIL = Mail(
    message_id="0123456789abcdef@tracklift.example.org",
    recipient=EmailAddress("ada@example.org"),
    subject="Your MP3 is ready",
    text="Dear Ada,\n\nit is ready.\n",
    html='<!doctype html>\n<html lang="en"><body><p>It is ready.</p></body></html>\n',
)
SUBJECTS = [
    "plain",
    "Grüße aus Köln",
    "Ваш файл готов: доклад.mp3",
    "音声ファイルの準備ができました: 講演.mp3",
    "הקובץ מוכן: הרצאה.mp3",
    "Ready: 🎉🎧👩\u200d🚀.mp3",
    '"quoted" <angle@brackets> (comment); a, b: c',
    "word " * 40 + "end",
    "x" * 200,
    "é" * 200,
    "🎧" * 200,
]
DECEITFUL_SUBJECTS = [
    "=?utf-8?q?not_encoded?=",
    "=?utf-8?q?hello=0D=0ABcc:_eve@example.org?=",
    "é =?utf-8?q?hello=0ABcc:_eve@example.org?= x",
    "=?utf-8?b?aGVsbG8NCkJjYzogZXZlQGV4YW1wbGUub3Jn?= =?utf-8?b?aGk=?=",
]
TEXTS = [
    "one line\n",
    ".\n..\n.leading dots\n",
    "From the start\n>From quoted\n",
    "a very long line " * 200 + "\n",
    "x" * 3000 + "\n",
    "trailing spaces   \n\ttabs\t\n\n\n\nend\n",
    "Grüße, мир, 世界, 🎧\n",
    "--===============\nContent-Type: text/html\n\n<b>no part</b>\n",
]


def parse_message(content: bytes) -> EmailMessage:
    """Read a message of RFC 5322, in which nothing may be out of order."""
    message = message_from_bytes(content, policy=policy.default.clone(utf8=True))
    assert isinstance(message, EmailMessage)
    assert not message.defects
    return message


def read_back(content: bytes) -> Mail:
    """Make a `Mail` of a message."""
    message = parse_message(content)
    text, html = message.iter_parts()
    assert text.get_content_type() == "text/plain"
    assert html.get_content_type() == "text/html"
    return Mail(
        message_id=message["Message-ID"].strip("<>"),
        recipient=EmailAddress(message["To"]),
        subject=message["Subject"],
        text=text.get_content().replace("\r\n", "\n"),
        html=html.get_content().replace("\r\n", "\n"),
    )


class MailerContract:
    """Inherited by the tests of each mailer."""

    @pytest.fixture
    @abstractmethod
    def mailer(self) -> Mailer:
        """Give a mailer that has sent nothing."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def delivered(self, mailer: Mailer) -> Callable[[], Sequence[Mail]]:
        """Give what tells which mails arrived, read back into `Mail`."""
        raise NotImplementedError

    @pytest.fixture
    @abstractmethod
    def set_available(self, mailer: Mailer) -> Callable[[bool], None]:
        """Give what takes down the technology behind the mailer, or brings it back."""
        raise NotImplementedError

    async def test_hands_over_the_mail_as_it_is(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]]
    ) -> None:
        await mailer.send(MAIL)

        assert delivered() == [MAIL]

    @pytest.mark.parametrize("subject", SUBJECTS)
    async def test_keeps_a_subject_of_any_script_and_length(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]], subject: str
    ) -> None:
        await mailer.send(replace(MAIL, subject=subject))

        assert [mail.subject for mail in delivered()] == [subject]

    @pytest.mark.parametrize("subject", DECEITFUL_SUBJECTS)
    async def test_shows_a_subject_as_it_was_typed_and_does_not_decode_it(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]], subject: str
    ) -> None:
        await mailer.send(replace(MAIL, subject=subject))

        (mail,) = delivered()
        assert mail.subject.replace("\N{ZERO WIDTH SPACE}", "") == subject

    @pytest.mark.parametrize("text", TEXTS)
    async def test_keeps_text_and_html_to_the_letter(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]], text: str
    ) -> None:
        mail = replace(MAIL, text=text, html=f"<pre>{text}</pre>\n")

        await mailer.send(mail)

        assert delivered() == [mail]

    async def test_a_repeated_mail_is_known_by_its_message_id(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]]
    ) -> None:
        await mailer.send(MAIL)
        await mailer.send(MAIL)

        assert {mail.message_id for mail in delivered()} == {MAIL.message_id}

    async def test_many_mails_at_once_all_arrive(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]]
    ) -> None:
        mails = [
            replace(MAIL, message_id=f"{number}@example.org", text=f"{number}\n") for number in range(20)
        ]

        await asyncio.gather(*(mailer.send(mail) for mail in mails))

        assert sorted(delivered(), key=lambda mail: int(mail.text)) == mails

    async def test_one_mail_at_once_from_many_arrives_whole(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]]
    ) -> None:
        await asyncio.gather(*(mailer.send(MAIL) for _ in range(10)))

        assert set(delivered()) == {MAIL}

    @pytest.mark.parametrize("separator", ["\r\n", "\n", "\r", "\0", "\x0b", "\x85", "\u2028", "\u2029"])
    async def test_a_subject_of_several_lines_is_refused_for_good(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]], separator: str
    ) -> None:
        with pytest.raises(MailRefusedError):
            await mailer.send(replace(MAIL, subject=f"hello{separator}Bcc: eve@example.org"))

        assert delivered() == []

    async def test_a_message_id_of_several_lines_is_refused_for_good(
        self, mailer: Mailer, delivered: Callable[[], Sequence[Mail]]
    ) -> None:
        with pytest.raises(MailRefusedError):
            await mailer.send(replace(MAIL, message_id="1@example.org>\r\nBcc: eve@example.org"))

        assert delivered() == []

    async def test_what_can_not_be_handed_over_now_can_be_later(
        self,
        mailer: Mailer,
        delivered: Callable[[], Sequence[Mail]],
        set_available: Callable[[bool], None],
    ) -> None:
        set_available(False)
        with pytest.raises(ServiceUnavailableError):
            await mailer.send(MAIL)
        set_available(True)
        assert delivered() == []

        await mailer.send(MAIL)

        assert delivered() == [MAIL]

    async def test_leaks_no_open_files(self, mailer: Mailer, set_available: Callable[[bool], None]) -> None:
        async def round_of_use(number: int) -> None:
            await mailer.send(replace(MAIL, message_id=f"{number}@example.org"))
            with pytest.raises(MailRefusedError):
                await mailer.send(replace(MAIL, subject="two\nlines"))

        rounds = 20
        await round_of_use(0)
        before = len(list(Path("/proc/self/fd").iterdir()))  # noqa: ASYNC240 (no disk behind it)
        for number in range(1, rounds + 1):
            await round_of_use(number)

        # A server in this process may not have closed the last connections yet; a leak is one in each round.
        assert len(list(Path("/proc/self/fd").iterdir())) < before + rounds // 2  # noqa: ASYNC240
