"""Tracklift as four services among their servers."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.servers.ports import free_port
from tests.services.service_process import ServiceProcess
from tracklift_adapters.security.signing_key import load_or_create_signing_key

_QUICK = {
    "TRACKLIFT_LEASE": "3s",
    "TRACKLIFT_RETRY_DELAY": "1s",
    "TRACKLIFT_DRAIN": "10s",
    "TRACKLIFT_KEEP_SOURCE": "0",
    "TRACKLIFT_MAILS_PER_HOUR": "100000",
    "TRACKLIFT_SMTP_TIMEOUT": "2s",
}
"""So that no test waits for half a minute after a `kill -9`, or for the end of an hour.

Videos go with their outcomes, except in tests that are about more conversions of a video.
"""


class TrackliftServices:
    """The gateway, auth, notification and some converters. They share nothing but the servers."""

    def __init__(
        self,
        folder: Path,
        servers: Mapping[str, str],
        *,
        converters: int = 1,
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Take a folder for logs and the signing key, and the settings that name the servers."""
        folder.mkdir(parents=True, exist_ok=True)
        key = folder / "signing-key.pem"
        load_or_create_signing_key(key)
        gateway_port, auth_port = free_port(), free_port()
        self.address = f"http://127.0.0.1:{gateway_port}"
        """Where users reach it."""
        common = {**_QUICK, "TRACKLIFT_PUBLIC_URL": self.address, **servers, **(settings or {})}
        self.gateway = ServiceProcess(
            "gateway",
            {
                # Of others, what they forget after days is all that is to be looked after.
                "TRACKLIFT_HOUSEKEEPING_EVERY": "2s",
                **common,
                "TRACKLIFT_AUTH_URL": f"http://127.0.0.1:{auth_port}",
            },
            folder / "gateway.log",
            port=gateway_port,
        )
        self.auth = ServiceProcess(
            "auth", {**common, "TRACKLIFT_SIGNING_KEY_FILE": str(key)}, folder / "auth.log", port=auth_port
        )
        self.notification = ServiceProcess(
            "notification",
            {
                "TRACKLIFT_MAIL_FROM": "tracklift@example.org",
                "TRACKLIFT_SMTP_SECURITY": "none",
                **common,
            },
            folder / "notification.log",
        )
        self.converters: list[ServiceProcess] = []
        self.scratch: dict[ServiceProcess, Path] = {}
        """Where each converter keeps its temporary files."""
        self._folder = folder
        self._common = common
        self.have_converters(converters)

    def have_converters(self, count: int) -> None:
        """Add converters, which do not run yet, or end some, so that there are so many."""
        for number in range(len(self.converters), count):
            place = self._folder / f"scratch-{number}"
            settings = {**self._common, "TRACKLIFT_SCRATCH_FOLDER": str(place)}
            converter = ServiceProcess("converter", settings, self._folder / f"converter-{number}.log")
            self.converters.append(converter)
            self.scratch[converter] = place
        for converter in self.converters[count:]:
            converter.end()
            self.converters.remove(converter)
            del self.scratch[converter]

    def change(self, changes: Mapping[str, Mapping[str, str]]) -> None:
        """Have services, by their names, run with other settings than the rest; end those that run without."""
        for service in self.all:
            service.change(changes.get(service.service, {}))

    @property
    def all(self) -> list[ServiceProcess]:
        """All processes."""
        return [self.gateway, self.auth, self.notification, *self.converters]

    def start(self) -> None:
        """Start all at once, in no order, and wait until each is ready."""
        for service in self.all:
            service.launch()
        for service in self.all:
            service.wait_until_ready()

    def end(self) -> None:
        """Kill those that are there."""
        for service in self.all:
            service.end()


@contextmanager
def running_services(
    folder: Path,
    servers: Mapping[str, str],
    *,
    converters: int = 1,
    settings: Mapping[str, str] | None = None,
    changes: Mapping[str, Mapping[str, str]] | None = None,
) -> Iterator[TrackliftServices]:
    """Run all services on servers that these settings name; `changes`: settings of single services by their names."""
    services = TrackliftServices(folder, servers, converters=converters, settings=settings)
    services.change(changes or {})
    try:
        services.start()
        yield services
    finally:
        services.end()
