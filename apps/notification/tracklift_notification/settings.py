"""The settings of notification."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.checks import require_positive
from tracklift_adapters.environment.housekeeping_settings import HousekeepingSettings
from tracklift_adapters.environment.mail_settings import MailSettings
from tracklift_adapters.environment.public_settings import PublicSettings
from tracklift_adapters.environment.server_settings import BrokerSettings, MongoDbSettings
from tracklift_adapters.environment.service_settings import ServiceSettings
from tracklift_adapters.smtp.server import SmtpServer


@dataclass(frozen=True, kw_only=True)
class NotificationSettings(
    ServiceSettings, HousekeepingSettings, MailSettings, PublicSettings, MongoDbSettings, BrokerSettings
):
    """Each field is read from the environment variable `TRACKLIFT_` plus its name in capitals.

    Fields without a default are required.
    """

    port: int = 8083
    smtp_host: str
    keep_deliveries: timedelta = timedelta(days=30)
    """How long the log of sent mails is kept: longer than the delivery of an event can take."""
    housekeeping_every: timedelta = timedelta(minutes=10)

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        require_positive("keep_deliveries", self.keep_deliveries)

    @property
    def smtp_server(self) -> SmtpServer:
        """The mail server."""
        return SmtpServer.of(self.smtp_host, self)
