"""Settings that several services have in common. Each field is a variable `TRACKLIFT_` and its name in capitals."""

from dataclasses import dataclass
from datetime import timedelta

from tracklift_domain.conversion.policies import AttemptPolicy, RetentionPolicy
from tracklift_domain.user.policies import MailedTokenPolicy

_LOG_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})
_RETENTION = RetentionPolicy()
_ATTEMPTS = AttemptPolicy()
_MAILED_TOKENS = MailedTokenPolicy()
_TO_METRICS = 1000
"""From the port of an app to that of its figures."""


@dataclass(frozen=True, kw_only=True)
class ServiceSettings:
    """What every service can be told.

    Raises:
        ValueError: on construction, when a value is out of range.
    """

    host: str = "127.0.0.1"
    """Where to listen; in a container 0.0.0.0."""
    port: int = 8080
    """0 takes a free one."""
    metrics_host: str = "127.0.0.1"
    """Where the figures for Prometheus are; in a container 0.0.0.0, at a port that is not published."""
    metrics_port: int | None = None
    """Unless set, the port above `port` by 1000, and a free one where that is 0."""
    drain: timedelta = timedelta(seconds=30)
    """How long requests and work may go on after a signal to stop."""
    connections: int | None = None
    """From clients at once; else half of the descriptors that the system allows, and 2000 at the most."""
    connections_per_client: int = 100
    """Of these, from one address. Five users in one office may each watch 20 streams of events."""
    connections_per_second: int = 10
    """New ones from one address, and 20 times as many at once. A flood of headers counts as 20."""
    head_timeout: timedelta = timedelta(seconds=10)
    """How long a client may take to send the headers of a request."""
    keep_alive: timedelta = timedelta(seconds=5)
    """How long a connection is kept after an answer for the next request."""
    idle_download: timedelta = timedelta(minutes=2)
    """How long a client may take nothing of an answer; as `idle_upload`."""
    log_level: str = "INFO"
    log_format: str = "json"
    """`json` for machines, `text` for people."""

    def __post_init__(self) -> None:
        require_between("port", self.port, 0, 65535)
        if self.metrics_port is not None:
            require_between("metrics_port", self.metrics_port, 0, 65535)
        elif self.port > 65535 - _TO_METRICS:
            raise ValueError("metrics_port must be set: its default, 1000 above the port, is beyond 65535")
        if self.drain < timedelta(0):
            raise ValueError("drain is not negative")
        if self.connections is not None:
            require_between("connections", self.connections, 1, 1_000_000)
        require_between("connections_per_client", self.connections_per_client, 1, 1_000_000)
        require_between("connections_per_second", self.connections_per_second, 1, 1_000_000)
        for name in ("head_timeout", "keep_alive", "idle_download"):
            require_positive(name, getattr(self, name))
        if self.log_level.upper() not in _LOG_LEVELS:
            raise ValueError("log_level is DEBUG, INFO, WARNING or ERROR")
        if self.log_format not in {"json", "text"}:
            raise ValueError("log_format is json or text")

    @property
    def metrics_address(self) -> tuple[str, int]:
        """Host and port of the figures."""
        if self.metrics_port is not None:
            return self.metrics_host, self.metrics_port
        return self.metrics_host, self.port and self.port + _TO_METRICS


@dataclass(frozen=True, kw_only=True)
class BrokerSettings:
    """What every service that speaks to RabbitMQ can be told.

    Raises:
        ValueError: on construction, when a value is out of range.
    """

    rabbitmq_url: str
    """One URL for each server of the cluster, with blanks between them."""
    rabbitmq_heartbeat: timedelta = timedelta(seconds=30)
    """After about two of these, either side gives up a connection whose other side hangs."""

    def __post_init__(self) -> None:
        if self.rabbitmq_heartbeat < timedelta(seconds=1):
            raise ValueError("rabbitmq_heartbeat is at least 1 s")


@dataclass(frozen=True, kw_only=True)
class ConversionSettings:
    """What whoever takes in or converts videos can be told.

    Raises:
        ValueError: on construction, when a value is out of range.
    """

    keep_audio: timedelta = _RETENTION.audio
    keep_records: timedelta = _RETENTION.record
    idle_upload: timedelta = _RETENTION.idle_upload
    orphan_age: timedelta = _RETENTION.orphan
    stalled_after: timedelta = _RETENTION.stalled
    attempts: int = _ATTEMPTS.attempts
    lease: timedelta = _ATTEMPTS.lease
    retry_delay: timedelta = _ATTEMPTS.first_delay

    def __post_init__(self) -> None:
        require_between("attempts", self.attempts, 1, 1000)
        for name in ("keep_audio", "keep_records", "idle_upload", "orphan_age", "stalled_after", "lease"):
            require_positive(name, getattr(self, name))
        if self.retry_delay < timedelta(0):
            raise ValueError("retry_delay is not negative")

    @property
    def retention(self) -> RetentionPolicy:
        """How long things are kept."""
        return RetentionPolicy(
            idle_upload=self.idle_upload,
            audio=self.keep_audio,
            record=self.keep_records,
            orphan=self.orphan_age,
            stalled=self.stalled_after,
        )

    @property
    def attempt_policy(self) -> AttemptPolicy:
        """How often and how long a worker tries."""
        return AttemptPolicy(attempts=self.attempts, lease=self.lease, first_delay=self.retry_delay)


@dataclass(frozen=True, kw_only=True)
class AccountSettings:
    """What whoever keeps accounts can be told.

    Raises:
        ValueError: on construction, when a value is out of range.
    """

    access_token_lasts: timedelta = timedelta(minutes=15)
    session_lasts: timedelta = timedelta(days=30)
    password_reset_lasts: timedelta = _MAILED_TOKENS.password_reset_lasts
    email_verification_lasts: timedelta = _MAILED_TOKENS.email_verification_lasts
    """How long the links in mails hold."""
    password_threads: int = 2
    """How many passwords are checked at once; each takes 64 MiB meanwhile."""
    password_queue: int = 16
    """How many more wait for that: about 2 s with two threads, which is as long as a person waits for a page."""

    def __post_init__(self) -> None:
        require_between("password_threads", self.password_threads, 1, 256)
        require_between("password_queue", self.password_queue, 0, 10_000)
        for name in (
            "access_token_lasts",
            "session_lasts",
            "password_reset_lasts",
            "email_verification_lasts",
        ):
            require_positive(name, getattr(self, name))

    @property
    def mailed_token_policy(self) -> MailedTokenPolicy:
        """How the tokens in mails are bounded."""
        return MailedTokenPolicy(
            password_reset_lasts=self.password_reset_lasts,
            email_verification_lasts=self.email_verification_lasts,
        )


def require_between(name: str, value: int, lowest: int, highest: int) -> None:
    """Raise `ValueError` unless the setting lies in the range."""
    if not lowest <= value <= highest:
        raise ValueError(f"{name} is from {lowest} to {highest}")


def require_positive(name: str, value: timedelta) -> None:
    """Raise `ValueError` unless the setting is more than nothing."""
    if value <= timedelta(0):
        raise ValueError(f"{name} is more than 0")


def require_web_address(name: str, value: str) -> None:
    """Raise `ValueError` unless the setting is a URL of the web."""
    if not value.startswith(("http://", "https://")):
        raise ValueError(f"{name} begins with http:// or https://")
