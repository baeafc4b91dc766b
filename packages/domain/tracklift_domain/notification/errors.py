"""What can go wrong with notifications."""

from typing import ClassVar

from tracklift_domain.errors import DomainError


class MailRefusedError(DomainError):
    """The mail was permanently refused and would be refused again (a 5xx reply, RFC 5321)."""

    code: ClassVar[str] = "mail_refused"

    def __init__(self, reason: str) -> None:
        super().__init__(f"The mail was refused: {reason}")
        self.reason = reason
