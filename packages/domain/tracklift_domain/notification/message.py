"""Mails in the format of RFC 5322."""

import re
import unicodedata
from datetime import datetime
from email import policy
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage

from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.notification import Mail

_ATOM = r"[A-Za-z0-9!#$%&'*+/^_`{|}~.-]+"
"""RFC 5322's `dot-atom`, loosely, without the `=` and `?` that could begin an encoded word (RFC 2047)."""
_ADDRESS = rf"{_ATOM}@[A-Za-z0-9.-]+"
_SENDER = re.compile(rf"(?P<name>[^<>]*)<(?P<bracketed>{_ADDRESS})>|(?P<plain>{_ADDRESS})")
_MESSAGE_ID = re.compile(rf"{_ATOM}@[A-Za-z0-9.:\[\]-]+")
_NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of control characters, surrogates, and separators of lines and paragraphs."""


def read_sender(sender: str) -> Address:
    """Parse one address, with or without a name before it.

    Raises:
        ValueError: the text has a different format.
    """
    match = _SENDER.fullmatch(sender.strip())
    if match is None or not sender.isprintable():
        raise ValueError(
            f"{sender!r} is not a sender of mail: write name@example.org or Name <name@example.org>"
        )
    name = (match["name"] or "").strip().strip('"')
    return Address(_without_encoded_words(name), addr_spec=match["bracketed"] or match["plain"])


def write_message(mail: Mail, *, sender: Address, date: datetime) -> bytes:
    """Serialize a mail with its text and, as an alternative, its HTML.

    A non-ASCII recipient address is written according to RFC 6532; everything else is pure ASCII.

    Raises:
        MailRefusedError: the mail has contents that can't be sent as a message.
    """
    recipient = mail.recipient.value
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise MailRefusedError("its Message-ID is malformed")
    if any(unicodedata.category(character) in _NOT_IN_A_LINE for character in mail.subject):
        raise MailRefusedError("its subject contains a control character")
    if "=?" in recipient:
        raise MailRefusedError("its recipient's address looks like an encoded word")
    message = EmailMessage(policy=policy.SMTP.clone(utf8=not recipient.isascii(), cte_type="7bit"))
    try:
        message["Date"] = date
        message["From"] = sender
        message["To"] = Address(addr_spec=recipient) if recipient.isascii() else recipient
        _add_subject(message, _without_encoded_words(mail.subject))
        message["Message-ID"] = f"<{mail.message_id}>"
        # RFC 3834: keeps automatic replies from answering this mail.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message.as_bytes()
    except ValueError as error:
        raise MailRefusedError(f"it can't be written as a message ({error})") from error


def _add_subject(message: EmailMessage, subject: str) -> None:
    if subject.isascii():
        message["Subject"] = subject
    else:
        # `Header` is used because `EmailMessage`, depending on the Python release, loses the space between two encoded
        # words (CPython's gh-92081) or runs the words together (gh-144156), and some servers refuse such mail.
        message.set_raw("Subject", Header(subject, "utf-8", header_name="Subject").encode())


def _without_encoded_words(text: str) -> str:
    """Insert a zero-width space wherever the text could be read as an encoded word (RFC 2047).

    Python's `email` decodes the encoded words in the text of a header, and in some releases then writes out decoded
    line breaks, so the name of a video could add headers to a mail.
    """
    return text.replace("=?", "=\N{ZERO WIDTH SPACE}?")
