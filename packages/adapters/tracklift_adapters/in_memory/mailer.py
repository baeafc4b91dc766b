"""Mail kept in memory."""

import unicodedata

from typing_extensions import override

from tracklift_domain.errors import ServiceUnavailableError
from tracklift_domain.notification.errors import MailRefusedError
from tracklift_domain.notification.notification import Mail
from tracklift_domain.notification.ports import Mailer


class InMemoryMailer(Mailer):
    """Remembers the mails that it was given, in `sent`, and can be told to refuse them or to be down."""

    def __init__(self) -> None:
        self.sent: list[Mail] = []
        self._down = False
        self._refusal: str | None = None

    def go_down(self) -> None:
        """Be unavailable from now on."""
        self._down = True

    def come_back(self) -> None:
        """Be available again, and accept mail again."""
        self._down = False
        self._refusal = None

    def refuse(self, reason: str) -> None:
        """Refuse every mail from now on."""
        self._refusal = reason

    @override
    async def send(self, mail: Mail) -> None:
        if self._down:
            raise ServiceUnavailableError("Mail", "it was told to be down")
        if self._refusal is not None:
            raise MailRefusedError(self._refusal)
        if any(unicodedata.category(c) in {"Cc", "Zl", "Zp"} for c in mail.subject + mail.message_id):
            raise MailRefusedError("a line of its head contains a control character")
        self.sent.append(mail)
