"""RabbitMQ with its management API."""

import base64
import json
import secrets
import socket
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pika
from typing_extensions import override

from tests.servers.guarded_process import GuardedProcess
from tests.servers.native_process import NativeProcess
from tests.servers.server import Endpoint

USER, PASSWORD = "tracklift", "tracklift-dev"


@dataclass(frozen=True)
class RabbitMqEndpoint(Endpoint):
    """A broker on the loopback address."""

    port: int
    management_port: int

    @property
    @override
    def label(self) -> str:
        return "RabbitMQ"

    @property
    def management_url(self) -> str:
        """The management API, with the user who may use it."""
        return f"http://{USER}:{PASSWORD}@127.0.0.1:{self.management_port}"

    @override
    def prepare(self) -> None:
        self.ask("GET", "/api/overview")
        # First without pika, which logs each failure at length.
        socket.create_connection(("127.0.0.1", self.port), timeout=2).close()
        pika.BlockingConnection(pika.URLParameters(f"{self.url('/')}?socket_timeout=2")).close()

    @override
    def url(self, name: str) -> str:
        return f"amqp://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{quote(name, safe='')}"

    @override
    def create(self, name: str) -> None:
        host = quote(name, safe="")
        self.ask("PUT", f"/api/vhosts/{host}", {})
        rights = {"configure": ".*", "write": ".*", "read": ".*"}
        self.ask("PUT", f"/api/permissions/{host}/{USER}", rights)

    @override
    def drop(self, name: str) -> None:
        self.ask("DELETE", f"/api/vhosts/{quote(name, safe='')}")

    def version(self) -> str:
        """Ask for the server's version."""
        return str(self.ask("GET", "/api/overview")["rabbitmq_version"])

    def ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Call the management API.

        Raises:
            OSError: it can't be reached, or answers with a status of 400 or more (`urllib.error.HTTPError`).
        """
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.management_port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {token}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.loads(answer.read() or b"null")


class RabbitMq(NativeProcess):
    """A private broker, with a port mapper (`epmd`) of its own, since the usual one is shared and stays behind."""

    def __init__(
        self, folder: Path, library_path: str, script: Path, erlang: Path, ports: tuple[int, int, int, int]
    ) -> None:
        """`ports`: for AMQP, the management API, Erlang's distribution, and `epmd`."""
        super().__init__(folder, library_path)
        self._script = script
        self._erlang = erlang
        self._port, self._management_port, self._distribution_port, self._epmd_port = ports
        self._epmd: GuardedProcess | None = None

    @override
    def lay_out(self) -> None:
        super().lay_out()
        cookie = self.folder / ".erlang.cookie"
        cookie.write_text(secrets.token_hex(16), encoding="ascii")
        cookie.chmod(0o400)
        # Instead of the machine's own file.
        (self.folder / "rabbitmq-env.conf").touch()
        (self.folder / "enabled_plugins").write_text("[rabbitmq_management].\n", encoding="ascii")
        (self.folder / "rabbitmq.conf").write_text(
            f"listeners.tcp.1 = 127.0.0.1:{self._port}\n"
            "management.tcp.ip = 127.0.0.1\n"
            f"management.tcp.port = {self._management_port}\n"
            f"default_user = {USER}\n"
            f"default_pass = {PASSWORD}\n"
            "log.file = false\n"
            "log.console = true\n"
            "log.console.use_colors = off\n"
            # A test machine may have little room, and publishers would be blocked for ever.
            "disk_free_limit.absolute = 50MB\n"
            # 512 MB by default.
            "raft.wal_max_size_bytes = 33554432\n"
            # Milliseconds; 5000 by default. Tests wait for what the management API tells of queues.
            "collect_statistics_interval = 1000\n",
            encoding="ascii",
        )

    @override
    def start(self) -> None:
        if not self.data.exists():
            self.lay_out()
        if self._epmd is None or not self._epmd.running:
            self._epmd = self.run([str(self._erlang / "epmd"), "-port", str(self._epmd_port)])
        super().start()

    @override
    def command(self) -> list[str]:
        # `-noinput` here, because ALLOW_INPUT leaves it out.
        return ["/bin/sh", str(self._script), "-noinput"]

    @override
    def environment(self) -> dict[str, str]:
        variables = super().environment()
        return variables | {
            "PATH": f"{self._erlang}:{variables['PATH']}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self._epmd_port),
            # The script then turns into the broker instead of waiting for it, so that signals reach the broker.
            "RABBITMQ_ALLOW_INPUT": "true",
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONFIG_FILES": str(self.folder / "conf.d"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_DIST_PORT": str(self._distribution_port),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_LOG_BASE": str(self.folder),
            "RABBITMQ_MNESIA_BASE": str(self.data),
            # A name that resolves everywhere; the folder of the data is called after it.
            "RABBITMQ_NODENAME": "tracklift@localhost",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1}"
            ),
        }

    @override
    def close(self) -> None:
        super().close()
        if self._epmd is not None:
            self._epmd.kill()
