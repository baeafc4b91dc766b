"""Which mail server is spoken to, and how."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Protocol


class SmtpSecurity(StrEnum):
    """How a connection to the mail server is kept private."""

    NONE = "none"
    """Not at all: for a server on the same machine or in the same private network."""
    STARTTLS = "starttls"
    """Begun in the clear and then secured (RFC 3207), on port 587 as a rule; a server that can't is refused."""
    TLS = "tls"
    """From the first byte (RFC 8314), on port 465 as a rule."""


class SmtpSettings(Protocol):
    """An app's settings of a mail server, as read from its environment and checked."""

    @property
    def smtp_port(self) -> int: ...
    @property
    def smtp_security(self) -> str: ...
    @property
    def smtp_username(self) -> str | None: ...
    @property
    def smtp_password(self) -> str | None: ...
    @property
    def smtp_timeout(self) -> timedelta: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """Where mail is handed over, and under which name."""

    host: str
    port: int
    security: SmtpSecurity
    username: str | None = None
    password: str | None = None
    timeout: timedelta = timedelta(seconds=30)
    """How long one answer may take."""

    @classmethod
    def of(cls, host: str, settings: SmtpSettings) -> "SmtpServer":
        """Take a server at `host` as an app's settings describe it."""
        return cls(
            host=host,
            port=settings.smtp_port,
            security=SmtpSecurity(settings.smtp_security),
            username=settings.smtp_username,
            password=settings.smtp_password,
            timeout=settings.smtp_timeout,
        )
