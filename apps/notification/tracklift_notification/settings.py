"""What whoever runs notification can set."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.service_settings import (
    BrokerSettings,
    ServiceSettings,
    require_between,
    require_positive,
    require_web_address,
)
from tracklift_adapters.smtp.mailer import SmtpSecurity, SmtpServer


@dataclass(frozen=True, kw_only=True)
class NotificationSettings(ServiceSettings, BrokerSettings):
    """Each field is the environment variable `TRACKLIFT_` and its name in capitals.

    Those without a default must be set.
    """

    port: int = 8083
    mongodb_url: str
    public_url: str
    """How users reach Tracklift: for the links in mails."""
    mail_from: str
    """name@example.org or Name <name@example.org>."""
    smtp_host: str
    smtp_port: int = 587
    smtp_security: str = "starttls"
    """`starttls`, `tls` or, in a private network, `none`."""
    smtp_username: str | None = None
    smtp_password: str | None = None
    smtp_timeout: timedelta = timedelta(seconds=30)
    keep_deliveries: timedelta = timedelta(days=30)
    """How long it is remembered which mails were sent: longer than an event can be on its way."""
    housekeeping_every: timedelta = timedelta(minutes=10)

    @override
    def __post_init__(self) -> None:
        ServiceSettings.__post_init__(self)
        BrokerSettings.__post_init__(self)
        require_web_address("public_url", self.public_url)
        require_between("smtp_port", self.smtp_port, 1, 65535)
        for name in ("smtp_timeout", "keep_deliveries", "housekeeping_every"):
            require_positive(name, getattr(self, name))
        if self.smtp_security not in set(SmtpSecurity):
            raise ValueError("smtp_security is starttls, tls or none")
        if self.smtp_password is not None and self.smtp_username is None:
            raise ValueError("smtp_username is missing beside the password")

    @property
    def smtp_server(self) -> SmtpServer:
        """Where mail is handed over."""
        return SmtpServer(
            host=self.smtp_host,
            port=self.smtp_port,
            security=SmtpSecurity(self.smtp_security),
            username=self.smtp_username,
            password=self.smtp_password,
            timeout=self.smtp_timeout,
        )
