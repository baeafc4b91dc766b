"""What whoever runs Tracklift in one process can set."""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from typing_extensions import override

from tracklift_adapters.environment.mail_settings import MailSettings
from tracklift_adapters.environment.service_settings import (
    AccountSettings,
    ConversionSettings,
    ServiceSettings,
    require_between,
    require_positive,
    require_web_address,
)
from tracklift_adapters.smtp.server import SmtpServer
from tracklift_domain.conversion.policies import EVENT_STREAMS_PER_USER
from tracklift_domain.upload.policies import UploadLimits
from tracklift_gateway.upload_rate import UPLOADS_PER_HOUR

_LIMITS = UploadLimits()
_LOCAL_SENDER = "tracklift@localhost"


def default_data_folder() -> Path:
    """Give the place for a user's data (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "tracklift"


@dataclass(frozen=True, kw_only=True)
class StandaloneSettings(ServiceSettings, ConversionSettings, AccountSettings, MailSettings):
    """Each field is the environment variable `TRACKLIFT_` and its name in capitals.

    Raises:
        ValueError: on construction, when a value is out of range.
    """

    data_folder: Path = field(default_factory=default_data_folder)
    """Where everything is kept: database, queue, videos, MP3s, mails, keys."""
    public_url: str | None = None
    """How users reach Tracklift, for links in mails and as the issuer of tokens; else http://HOST:PORT."""
    mail_from: str = _LOCAL_SENDER
    smtp_host: str | None = None
    """Where mails are handed over; else they are files in the data folder."""
    mail_unverified: bool | None = None
    """Whether outcomes are mailed to addresses that were never verified; unless set, only to the data folder."""
    converters: int = field(default_factory=lambda: max(1, (os.cpu_count() or 2) // 2))
    """How many videos are converted at once. An extraction keeps about two cores busy."""
    largest_video: int = _LIMITS.largest_video
    """Bytes."""
    longest_audio: timedelta = timedelta(hours=12)
    longest_stall: timedelta = timedelta(minutes=1)
    """How long an extraction may make no progress before it is given up."""
    unfinished_per_user: int = _LIMITS.unfinished_per_user
    event_streams_per_user: int = EVENT_STREAMS_PER_USER
    uploads_per_hour: int = UPLOADS_PER_HOUR
    """Of one user, at each gateway."""
    housekeeping_every: timedelta = timedelta(minutes=1)
    drain: timedelta = timedelta(seconds=10)
    """How long requests and conversions may go on after a signal to stop; then they are given back."""
    log_format: str = "text"

    @override
    def __post_init__(self) -> None:
        ServiceSettings.__post_init__(self)
        ConversionSettings.__post_init__(self)
        AccountSettings.__post_init__(self)
        MailSettings.__post_init__(self)
        require_between("converters", self.converters, 1, 256)
        require_between("largest_video", self.largest_video, 1, 2**63 - 1)
        require_between("unfinished_per_user", self.unfinished_per_user, 1, 1_000_000)
        require_between("event_streams_per_user", self.event_streams_per_user, 1, 1_000_000)
        require_between("uploads_per_hour", self.uploads_per_hour, 1, 1_000_000)
        for name in ("longest_audio", "longest_stall", "housekeeping_every"):
            require_positive(name, getattr(self, name))
        if self.public_url is not None:
            require_web_address("public_url", self.public_url)
        if self.smtp_host is not None and self.mail_from == _LOCAL_SENDER:
            raise ValueError("mail_from is not set: a mail server needs a sender that replies can reach")

    @property
    def smtp_server(self) -> SmtpServer | None:
        """Where mails are handed over, if not in the data folder."""
        return None if self.smtp_host is None else SmtpServer.of(self.smtp_host, self)

    @property
    def mails_unverified(self) -> bool:
        """Whether outcomes are mailed to addresses that were never verified."""
        return self.smtp_host is None if self.mail_unverified is None else self.mail_unverified

    @property
    def database_file(self) -> Path:
        """Where users, conversions and the outbox are."""
        return self.data_folder / "tracklift.sqlite3"

    @property
    def database_url(self) -> str:
        """The same as SQLAlchemy writes it."""
        return f"sqlite:///{self.database_file}"

    @property
    def queue_file(self) -> Path:
        """Where events wait."""
        return self.data_folder / "queue.sqlite3"

    @property
    def media_folder(self) -> Path:
        """Where videos and MP3s are."""
        return self.data_folder / "media"

    @property
    def mailbox_folder(self) -> Path:
        """Where mails are."""
        return self.data_folder / "mailbox"

    @property
    def scratch_folder(self) -> Path:
        """Where extractions keep their temporary files."""
        return self.data_folder / "scratch"

    @property
    def signing_key_file(self) -> Path:
        """Where the key is that signs access tokens."""
        return self.data_folder / "signing-key.pem"

    @property
    def limits(self) -> UploadLimits:
        """What a user may upload."""
        return UploadLimits(largest_video=self.largest_video, unfinished_per_user=self.unfinished_per_user)
