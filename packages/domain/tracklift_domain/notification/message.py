"""Mails in the form that RFC 5322 gives them."""

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
    """Read one address, with or without a name before it.

    Raises:
        ValueError: the text has another form.
    """
    match = _SENDER.fullmatch(sender.strip())
    if match is None or not sender.isprintable():
        raise ValueError(
            f"{sender!r} is not a sender of mail: write name@example.org or Name <name@example.org>"
        )
    name = (match["name"] or "").strip().strip('"')
    return Address(_without_encoded_words(name), addr_spec=match["bracketed"] or match["plain"])


def write_message(mail: Mail, *, sender: Address, date: datetime) -> bytes:
    """Write a mail with its text and, as an alternative, its HTML.

    A recipient's address beyond ASCII is written as RFC 6532 has it, everything else needs ASCII only.

    Raises:
        MailRefusedError: it contains something that a mail can't.
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
        # RFC 3834: so that an absent reader's automatic reply doesn't answer it.
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
        # By `Header`: depending on the release of Python, `EmailMessage` loses the space between two encoded words
        # (CPython's gh-92081) or runs the words together (gh-144156), for which some servers refuse the mail.
        message.set_raw("Subject", Header(subject, "utf-8", header_name="Subject").encode())


def _without_encoded_words(text: str) -> str:
    """Keep a text from being read as RFC 2047 by putting a space without width into what begins like it.

    Python's `email` decodes what it is given for a header, and in some releases then writes decoded line breaks: the
    name of a video could add headers to a mail.
    """
    return text.replace("=?", "=\N{ZERO WIDTH SPACE}?")
