"""Settings of mail. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_between, require_positive
from tracklift_domain.notification.message import read_sender
from tracklift_domain.notification.policies import MAILS_PER_HOUR


@dataclass(frozen=True, kw_only=True)
class MailSettings(Checked):
    """Settings of every app that sends mails."""

    mail_from: str
    """name@example.org or Name <name@example.org>."""
    smtp_host: str | None
    """The mail server; optional in some apps."""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    """`starttls`, `tls` or, in a private network, `none`."""
    smtp_username: str | None = None
    smtp_password: str | None = None
    smtp_timeout: timedelta = timedelta(seconds=30)
    """How long one answer of the mail server may take."""
    mails_per_hour: int = MAILS_PER_HOUR
    """About conversions, to one user; a digest after the hour lists the rest."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        try:
            read_sender(self.mail_from)
        except ValueError as error:
            raise ValueError("mail_from is name@example.org or Name <name@example.org>") from error
        require_between("smtp_port", self.smtp_port, 1, 65535)
        require_positive("smtp_timeout", self.smtp_timeout)
        require_between("mails_per_hour", self.mails_per_hour, 1, 1_000_000)
        if self.smtp_security not in {"starttls", "tls", "none"}:
            raise ValueError("smtp_security is starttls, tls or none")
        if (self.smtp_username is None) != (self.smtp_password is None):
            missing = "smtp_username" if self.smtp_username is None else "smtp_password"
            raise ValueError(f"{missing} is missing: username and password are set together")
        if self.smtp_username is not None and self.smtp_host is None:
            raise ValueError("smtp_host is missing beside the username")
