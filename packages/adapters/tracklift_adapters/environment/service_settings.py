"""Settings of the HTTP server and the log. Each field is the variable `TRACKLIFT_` plus its name in capitals."""

from dataclasses import dataclass
from datetime import timedelta

from typing_extensions import override

from tracklift_adapters.environment.checks import Checked, require_between, require_positive

_LOG_LEVELS = frozenset({"DEBUG", "INFO", "WARNING", "ERROR"})
_TO_METRICS = 1000
"""From the port of an app to that of its metrics."""


@dataclass(frozen=True, kw_only=True)
class ServiceSettings(Checked):
    """Settings of every service."""

    host: str = "127.0.0.1"
    """The address to listen on; 0.0.0.0 in a container."""
    port: int = 8080
    """0: any free port."""
    metrics_host: str = "127.0.0.1"
    """The address for Prometheus; 0.0.0.0 in a container, with a port that is not published."""
    metrics_port: int | None = None
    """Default: `port` plus 1000, or any free port if `port` is 0."""
    drain: timedelta = timedelta(seconds=30)
    """How long requests and work may continue after a signal to stop."""
    connections: int | None = None
    """Concurrent connections of clients. Default: half of the allowed file descriptors, at most 2000."""
    connections_per_client: int = 100
    """Of these, from one address: enough for five users in an office with 20 event streams each."""
    connections_per_second: int = 10
    """New ones per second from one address, with bursts of 20 times as many. A flood of headers counts as 20."""
    head_timeout: timedelta = timedelta(seconds=10)
    """How long a client may take to send the headers of a request."""
    keep_alive: timedelta = timedelta(seconds=5)
    """How long an idle connection is kept for the next request."""
    idle_download: timedelta = timedelta(minutes=2)
    """How long a client may read nothing of a response; the same as `idle_upload`."""
    log_level: str = "INFO"
    log_format: str = "json"
    """`json` for machines, `text` for people."""

    @override
    def __post_init__(self) -> None:
        super().__post_init__()
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
        """Host and port of the metrics."""
        if self.metrics_port is not None:
            return self.metrics_host, self.metrics_port
        return self.metrics_host, self.port and self.port + _TO_METRICS
