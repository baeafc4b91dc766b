"""How a mail is written so that nothing in it can be taken for something else."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Any

import pytest

from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.message import read_sender, write_message
from tracklift_domain.notification.notification import Mail
from tracklift_domain.user.email_address import EmailAddress

SENDER = Address("Tracklift", addr_spec="tracklift@example.org")
DATE = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)


def a_mail(**fields: Any) -> Mail:
    return Mail(
        **{
            "message_id": "event.1@tracklift.example",
            "recipient": EmailAddress("ada@example.org"),
            "subject": "Your MP3 is ready",
            "text": "Hello Ada\n",
            "html": "<p>Hello Ada</p>\n",
            **fields,
        }
    )


def written(mail: Mail) -> EmailMessage:
    message = message_from_bytes(write_message(mail, sender=SENDER, date=DATE), policy=policy.SMTP)
    assert isinstance(message, EmailMessage)
    return message


class TestWriting:
    def test_a_mail_has_its_headers_its_text_and_the_same_as_html(self) -> None:
        message = written(a_mail())
        assert message["From"] == "Tracklift <tracklift@example.org>"
        assert message["To"] == "ada@example.org"
        assert message["Subject"] == "Your MP3 is ready"
        assert message["Message-ID"] == "<event.1@tracklift.example>"
        assert message["Date"].datetime == DATE
        assert message["Auto-Submitted"] == "auto-generated"
        parts = {part.get_content_type(): part.get_content() for part in message.iter_parts()}
        assert parts == {"text/plain": "Hello Ada\r\n", "text/html": "<p>Hello Ada</p>\r\n"}

    def test_the_same_mail_is_written_the_same_but_for_the_line_between_its_parts(self) -> None:
        assert written(a_mail()).items()[:-1] == written(a_mail()).items()[:-1]

    @pytest.mark.parametrize(
        "text", ["講演 🎤 ist fertig", "x" * 500, "naïve " * 40, "naïve " * 40 + "=?x?="]
    )
    def test_any_script_and_any_length_arrives_as_it_was(self, text: str) -> None:
        message = written(a_mail(subject=text.strip(), text=f"{text}\n"))
        assert message["Subject"].replace("\N{ZERO WIDTH SPACE}", "") == text.strip()
        assert message.get_body(("plain",)).get_content() == f"{text}\r\n"  # type: ignore[union-attr]

    def test_all_but_an_address_beyond_ascii_is_written_in_ascii(self) -> None:
        plain = write_message(a_mail(subject="講演", text="講演"), sender=SENDER, date=DATE)
        assert plain.isascii()
        recipient = EmailAddress("ädä@exämple.org")
        assert recipient.value.encode() in write_message(
            a_mail(recipient=recipient), sender=SENDER, date=DATE
        )

    def test_what_looks_like_an_encoded_header_is_not_decoded(self) -> None:
        """The name of a video could bring headers of its own: here `Bcc`, behind an encoded line break."""
        message = written(a_mail(subject="=?utf-8?q?ready=0D=0ABcc=3A_everybody=40example.org?="))
        assert message["Bcc"] is None
        assert "everybody=40example.org" in message["Subject"]

    @pytest.mark.parametrize(
        ("fields", "reason"),
        [
            ({"message_id": "no id"}, "Message-ID"),
            ({"message_id": "a@b>\r\nBcc: x@example.org"}, "Message-ID"),
            ({"subject": "ready\r\nBcc: everybody@example.org"}, "control character"),
            ({"subject": "ready\u2028Bcc: everybody@example.org"}, "control character"),
            ({"subject": "half a \ud83d smiley"}, "control character"),
            ({"recipient": EmailAddress("=?utf-8?q?bob?=@example.org")}, "encoded word"),
            ({"text": "half a \ud83d smiley"}, "can't be written"),
        ],
    )
    def test_what_cannot_stand_in_a_mail_is_refused(self, fields: dict[str, Any], reason: str) -> None:
        with pytest.raises(MailRefusedError, match=reason):
            write_message(a_mail(**fields), sender=SENDER, date=DATE)


class TestReadingTheSender:
    @pytest.mark.parametrize(
        ("text", "name", "address"),
        [
            ("tracklift@example.org", "", "tracklift@example.org"),
            ("  tracklift@example.org  ", "", "tracklift@example.org"),
            ("<tracklift@example.org>", "", "tracklift@example.org"),
            ("Tracklift <tracklift@example.org>", "Tracklift", "tracklift@example.org"),
            ('"Tracklift, Inc." <tracklift@example.org>', "Tracklift, Inc.", "tracklift@example.org"),
            ("講演 <tracklift@example.org>", "講演", "tracklift@example.org"),
        ],
    )
    def test_an_address_may_have_a_name(self, text: str, name: str, address: str) -> None:
        sender = read_sender(text)
        assert (sender.display_name, sender.addr_spec) == (name, address)

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "Tracklift",
            "Tracklift tracklift@example.org",
            "Tracklift <tracklift@example.org",
            "one@example.org, two@example.org",
            "Tracklift\r\nBcc: x@example.org <tracklift@example.org>",
            "tracklift@example.org\n",
        ],
    )
    def test_anything_else_is_no_sender(self, text: str) -> None:
        with pytest.raises(ValueError, match="is not a sender of mail"):
            read_sender(text)
