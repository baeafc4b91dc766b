"""What whoever runs notification can set."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.mail_settings import MailSettings
from tracklift_adapters.environment.service_settings import (
    BrokerSettings,
    ServiceSettings,
    require_positive,
    require_web_address,
)
from tracklift_adapters.smtp.server import SmtpServer


@dataclass(frozen=True, kw_only=True)
class NotificationSettings(ServiceSettings, MailSettings, BrokerSettings):
    """Each field is the environment variable `TRACKLIFT_` and its name in capitals.

    Those without a default must be set.
    """

    port: int = 8083
    mongodb_url: str
    public_url: str
    """How users reach Tracklift: for the links in mails."""
    smtp_host: str
    keep_deliveries: timedelta = timedelta(days=30)
    """How long it is remembered which mails were sent: longer than an event can be on its way."""
    housekeeping_every: timedelta = timedelta(minutes=10)

    @override
    def __post_init__(self) -> None:
        ServiceSettings.__post_init__(self)
        BrokerSettings.__post_init__(self)
        MailSettings.__post_init__(self)
        require_web_address("public_url", self.public_url)
        for name in ("keep_deliveries", "housekeeping_every"):
            require_positive(name, getattr(self, name))

    @property
    def smtp_server(self) -> SmtpServer:
        """Where mail is handed over."""
        return SmtpServer.of(self.smtp_host, self)
