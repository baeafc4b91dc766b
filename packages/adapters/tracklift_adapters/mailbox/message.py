"""Mails in the form that RFC 5322 gives them."""

import re
import unicodedata
from datetime import datetime
from email import policy
from email.headerregistry import AddressHeader, HeaderRegistry
from email.message import EmailMessage

from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.notification import Mail

_MESSAGE_ID = re.compile(r"[!-;=?-~]+@[!-;=?-~]+", re.ASCII)
"""Printable ASCII but `<` and `>`: wider than RFC 5322 has it, and safe within angle brackets."""
_NOT_IN_A_LINE = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's categories of control characters, surrogates, and separators of lines and paragraphs."""


def check_sender(sender: str) -> None:
    """Refuse what is not one address, with or without a name before it.

    Raises:
        ValueError: with what is wrong.
    """
    header = HeaderRegistry()("From", sender)
    if (
        not isinstance(header, AddressHeader)
        or header.defects
        or len(header.addresses) != 1
        or not header.addresses[0].domain
    ):
        raise ValueError(
            f"{sender!r} is no sender of mail: write it as name@example.org or Name <name@example.org>"
        )


def write_message(mail: Mail, *, sender: str, date: datetime) -> bytes:
    """Write a mail with its text and, as an alternative of it, its HTML.

    Addresses beyond ASCII are written as RFC 6532 has it, everything else needs ASCII only.

    Raises:
        MailRefusedError: there is something in it that can't stand in a mail.
    """
    if not _MESSAGE_ID.fullmatch(mail.message_id):
        raise MailRefusedError("its Message-ID is malformed")
    if any(unicodedata.category(character) in _NOT_IN_A_LINE for character in mail.subject):
        raise MailRefusedError("its subject contains a control character")
    message = EmailMessage(policy=policy.SMTP.clone(utf8=not mail.recipient.value.isascii()))
    try:
        message["Date"] = date
        message["From"] = sender
        message["To"] = mail.recipient.value
        message["Subject"] = mail.subject
        message["Message-ID"] = f"<{mail.message_id}>"
        # RFC 3834: so that an absent reader's automatic reply doesn't answer it.
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(mail.html, subtype="html")
        return message.as_bytes()
    except ValueError as error:
        raise MailRefusedError(f"it can't be written as a message ({error})") from error
