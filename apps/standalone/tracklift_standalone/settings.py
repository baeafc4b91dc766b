"""What whoever runs Tracklift in one process can set."""

import os
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy, UploadLimits
from tracklift_domain.notification.message import read_sender

_LIMITS = UploadLimits()
_RETENTION = RetentionPolicy()
_ATTEMPTS = AttemptPolicy()


def default_data_folder() -> Path:
    """Give the place for a user's data (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / "tracklift"


@dataclass(frozen=True, slots=True, kw_only=True)
class StandaloneSettings:
    """Each field is the environment variable `TRACKLIFT_` and its name in capitals.

    Raises:
        ValueError: on construction, when a value is out of range.
    """

    data_folder: Path = field(default_factory=default_data_folder)
    """Where everything is kept: database, queue, videos, MP3s, mails, keys."""
    host: str = "127.0.0.1"
    port: int = 8080
    """0 takes a free port."""
    public_url: str | None = None
    """How users reach Tracklift, for links in mails and as the issuer of tokens; else http://HOST:PORT."""
    mail_from: str = "tracklift@localhost"
    converters: int = field(default_factory=lambda: max(1, (os.cpu_count() or 2) // 2))
    """How many videos are converted at once. An extraction keeps about two cores busy."""
    largest_video: int = _LIMITS.largest_video
    """Bytes."""
    longest_audio: timedelta = timedelta(hours=12)
    unfinished_per_user: int = _LIMITS.unfinished_per_user
    keep_audio: timedelta = _RETENTION.audio
    keep_records: timedelta = _RETENTION.record
    idle_upload: timedelta = _RETENTION.idle_upload
    attempts: int = _ATTEMPTS.attempts
    lease: timedelta = _ATTEMPTS.lease
    retry_delay: timedelta = _ATTEMPTS.first_delay
    access_token_lasts: timedelta = timedelta(minutes=15)
    session_lasts: timedelta = timedelta(days=30)
    housekeeping_every: timedelta = timedelta(minutes=1)
    drain: timedelta = timedelta(seconds=10)
    """How long requests and conversions may go on after a signal to stop; then they are given back."""
    log_level: str = "INFO"

    def __post_init__(self) -> None:
        _between("port", self.port, 0, 65535)
        _between("converters", self.converters, 1, 256)
        _between("largest_video", self.largest_video, 1, 2**63 - 1)
        _between("unfinished_per_user", self.unfinished_per_user, 1, 1_000_000)
        _between("attempts", self.attempts, 1, 1000)
        for name in _POSITIVE:
            if getattr(self, name) <= timedelta(0):
                raise ValueError(f"{name} is more than 0")
        if self.public_url is not None and not self.public_url.startswith(("http://", "https://")):
            raise ValueError("public_url begins with http:// or https://")
        try:
            read_sender(self.mail_from)
        except ValueError as error:
            raise ValueError("mail_from is name@example.org or Name <name@example.org>") from error
        if self.log_level.upper() not in {"DEBUG", "INFO", "WARNING", "ERROR"}:
            raise ValueError("log_level is DEBUG, INFO, WARNING or ERROR")

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

    @property
    def retention(self) -> RetentionPolicy:
        """How long things are kept."""
        return RetentionPolicy(idle_upload=self.idle_upload, audio=self.keep_audio, record=self.keep_records)

    @property
    def attempt_policy(self) -> AttemptPolicy:
        """How often and how long a worker tries."""
        return AttemptPolicy(attempts=self.attempts, lease=self.lease, first_delay=self.retry_delay)


_POSITIVE = (
    "longest_audio",
    "keep_audio",
    "keep_records",
    "idle_upload",
    "lease",
    "access_token_lasts",
    "session_lasts",
    "housekeeping_every",
)


def _between(name: str, value: int, lowest: int, highest: int) -> None:
    if not lowest <= value <= highest:
        raise ValueError(f"{name} is from {lowest} to {highest}")
