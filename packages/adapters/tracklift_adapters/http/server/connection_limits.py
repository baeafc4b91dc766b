"""The numbers of connections of a server, and how long each may keep it waiting."""

import resource
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

_KEPT_FREE = 128
"""Descriptors for what is not a client's: connections to databases and brokers, listeners, logs, pipes."""
_DESCRIPTORS_PER_CONNECTION = 2
"""A connection's own, and the file that it uploads or downloads."""
_MOST_BY_DEFAULT = 2000
"""Where the system sets no narrower limit. Each may hold some 20 kB of a request's head: 40 MB in all."""
_FEWEST = 16
"""What a server needs to be of use at all, however few descriptors there are."""


class ConnectionSettings(Protocol):
    """An app's checked settings of its HTTP server."""

    @property
    def connections(self) -> int | None: ...
    @property
    def connections_per_client(self) -> int: ...
    @property
    def connections_per_second(self) -> int: ...
    @property
    def head_timeout(self) -> timedelta: ...
    @property
    def keep_alive(self) -> timedelta: ...
    @property
    def idle_download(self) -> timedelta: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionLimits:
    """The bounds of one server."""

    total: int
    """Connections at once."""
    per_client: int = 100
    """Of these, from one address: enough for five users in an office with 20 event streams each."""
    per_second: int = 10
    """New ones from one address, and 20 times as many at once: of a script that opens one for each request."""
    head_timeout: timedelta = timedelta(seconds=10)
    """To the end of the headers, from the connection or the first byte of a later request: ample for some kilobytes."""
    keep_alive: timedelta = timedelta(seconds=5)
    """From an answer to the first byte of the next request."""
    idle_download: timedelta = timedelta(minutes=2)
    """How long a client may take nothing of an answer, as long as an upload may stand still."""

    @classmethod
    def of(cls, settings: ConnectionSettings) -> "ConnectionLimits":
        """Take the limits from an app's settings."""
        return cls(
            total=settings.connections or connections_for(_descriptors()),
            per_client=settings.connections_per_client,
            per_second=settings.connections_per_second,
            head_timeout=settings.head_timeout,
            keep_alive=settings.keep_alive,
            idle_download=settings.idle_download,
        )


def connections_for(descriptors: int) -> int:
    """Give how many connections a process may hold that may open so many files."""
    return min(_MOST_BY_DEFAULT, max(_FEWEST, (descriptors - _KEPT_FREE) // _DESCRIPTORS_PER_CONNECTION))


def _descriptors() -> int:
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return (
        _MOST_BY_DEFAULT * _DESCRIPTORS_PER_CONNECTION + _KEPT_FREE
        if soft == resource.RLIM_INFINITY
        else soft
    )
