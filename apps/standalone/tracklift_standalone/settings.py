"""The settings of Tracklift in one process."""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.environment.account_settings import AccountSettings
from tracklift_adapters.environment.conversion_settings import ConversionSettings
from tracklift_adapters.environment.extraction_settings import ExtractionSettings
from tracklift_adapters.environment.housekeeping_settings import HousekeepingSettings
from tracklift_adapters.environment.limit_settings import LimitSettings
from tracklift_adapters.environment.mail_settings import MailSettings
from tracklift_adapters.environment.openid_settings import OpenIdSettings
from tracklift_adapters.environment.public_settings import PublicSettings
from tracklift_adapters.environment.service_settings import ServiceSettings
from tracklift_adapters.smtp.server import SmtpServer

_LOCAL_SENDER = "tracklift@localhost"


def default_data_folder() -> Path:
    """Give the folder for a user's data (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "tracklift"


@dataclass(frozen=True, kw_only=True)
class StandaloneSettings(
    ServiceSettings,
    HousekeepingSettings,
    LimitSettings,
    ExtractionSettings,
    ConversionSettings,
    AccountSettings,
    MailSettings,
    OpenIdSettings,
    PublicSettings,
):
    """Each field is read from the environment variable `TRACKLIFT_` plus its name in capitals."""

    data_folder: Path = field(default_factory=default_data_folder)
    """Where everything is kept: database, queue, videos, MP3s, mails, keys."""
    public_url: str | None = None
    """Default: http://HOST:PORT."""
    mail_from: str = _LOCAL_SENDER
    smtp_host: str | None = None
    """Without it, mails are written to files in the data folder."""
    mail_unverified: bool | None = None
    """Whether outcomes are mailed to unverified addresses. Default: only if mails go to the data folder."""
    drain: timedelta = timedelta(seconds=10)
    """How long requests and conversions may continue after a signal to stop; then they are released."""
    log_format: str = "text"

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
        if self.smtp_host is not None and self.mail_from == _LOCAL_SENDER:
            raise ValueError("mail_from is not set: a mail server needs a sender that replies can reach")

    @property
    def smtp_server(self) -> SmtpServer | None:
        """The mail server; `None`: mails go to the data folder."""
        return None if self.smtp_host is None else SmtpServer.of(self.smtp_host, self)

    @property
    def mails_unverified(self) -> bool:
        """Whether outcomes are mailed to unverified addresses."""
        return self.smtp_host is None if self.mail_unverified is None else self.mail_unverified

    @property
    def database_file(self) -> Path:
        """The database of users, conversions and the outbox."""
        return self.data_folder / "tracklift.sqlite3"

    @property
    def database_url(self) -> str:
        """The same as a URL of SQLAlchemy."""
        return f"sqlite:///{self.database_file}"

    @property
    def queue_file(self) -> Path:
        """The queue of events."""
        return self.data_folder / "queue.sqlite3"

    @property
    def media_folder(self) -> Path:
        """The folder of videos and MP3s."""
        return self.data_folder / "media"

    @property
    def mailbox_folder(self) -> Path:
        """The folder of mails."""
        return self.data_folder / "mailbox"

    @property
    def scratch_folder(self) -> Path:
        """Holds the temporary files of extractions."""
        return self.data_folder / "scratch"

    @property
    def signing_key_file(self) -> Path:
        """The key that signs access tokens."""
        return self.data_folder / "signing-key.pem"
