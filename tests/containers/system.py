"""Tracklift in containers, as compose.yaml says, under a project name and on ports of its own."""

import json
import os
import re
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from pytest_docker.plugin import DockerComposeExecutor, get_docker_services

from tests.end_to_end.user import User
from tests.end_to_end.waiting import wait_for
from tests.servers.ports import free_port

COMPOSE_FILE = Path(__file__).resolve().parents[2] / "compose.yaml"
SERVICES = ("gateway", "auth", "converter", "notification")
_PORTS = (
    "TRACKLIFT_PORT",
    "TRACKLIFT_MYSQL_PORT",
    "TRACKLIFT_MONGODB_PORT",
    "TRACKLIFT_RABBITMQ_PORT",
    "TRACKLIFT_RABBITMQ_MANAGEMENT_PORT",
    "TRACKLIFT_SMTP_PORT",
    "TRACKLIFT_MAIL_PAGE_PORT",
    "TRACKLIFT_PROMETHEUS_PORT",
)
_LEASE = "10s"
"""Short, so that the work of a converter that was killed is soon another's."""


class ComposedSystem:
    """The running containers, seen from outside."""

    def __init__(
        self, compose: DockerComposeExecutor, address: str, *, mail_page: str, prometheus: str
    ) -> None:
        self._compose = compose
        self.address = address
        """Where the gateway is reached."""
        self._mail_page = mail_page
        self.prometheus = prometheus
        """Where Prometheus is reached, once it is started."""

    def run(self, command: str) -> str:
        """Run a command of Docker Compose and give what it prints."""
        output: Any = self._compose.execute(command)
        return bytes(output).decode()

    def start(self, service: str) -> None:
        """Start a service that was stopped or killed, and wait until it is healthy."""
        self.run(f"up --detach --wait --no-deps --no-recreate {service}")

    def state(self, service: str) -> dict[str, Any]:
        """Tell how its container stands, a stopped one too: State, Health, ExitCode."""
        (line,) = self.run(f"ps --all --format json {service}").splitlines()
        return dict(json.loads(line))

    def container(self, service: str) -> str:
        """Give the id of its container."""
        return self.run(f"ps --all --quiet {service}").strip()

    def mails(self, email: str, text: str) -> list[dict[str, Any]]:
        """Give the mails to an address that have something in their subject or at the beginning of their text."""
        listed = httpx.get(f"{self._mail_page}/api/v1/messages", timeout=10).raise_for_status().json()
        return [
            mail
            for mail in listed["messages"]
            if mail["To"][0]["Address"] == email and text in f"{mail['Subject']} {mail['Snippet']}"
        ]

    def wait_for_mail(self, email: str, text: str) -> dict[str, Any]:
        """Wait until there is one."""
        return wait_for(lambda: self.mails(email, text), f"a mail comes to {email} about {text}")[0]

    def sign_up(self, email: str) -> User:
        """Sign somebody up and verify the address, so that outcomes are mailed."""
        user = User(self.address, email=email).sign_up()
        greeting = self.wait_for_mail(email, "verify-email?token=")
        (token,) = re.findall(r"verify-email\?token=([\w-]+)", greeting["Snippet"])
        user.http.post("/v1/email-verifications/confirm", json={"token": token}).raise_for_status()
        return user.log_in()


@contextmanager
def composed_system() -> Iterator[ComposedSystem]:
    """Start all, with fresh volumes; afterwards nothing is left of it."""
    ports = {name: free_port() for name in _PORTS}
    address = f"http://127.0.0.1:{ports['TRACKLIFT_PORT']}"
    variables = {**ports, "TRACKLIFT_PUBLIC_URL": address, "TRACKLIFT_LEASE": _LEASE}
    command = shlex.join(
        ["env", *(f"{name}={value}" for name, value in variables.items()), "docker", "compose"]
    )
    project = f"tracklift-system-{os.getpid()}"
    set_up, clean_up = "up --detach --wait", "--profile monitoring down --volumes --timeout 1"
    with get_docker_services(command, str(COMPOSE_FILE), project, set_up, clean_up):
        yield ComposedSystem(
            DockerComposeExecutor(command, str(COMPOSE_FILE), project),
            address,
            mail_page=f"http://127.0.0.1:{ports['TRACKLIFT_MAIL_PAGE_PORT']}",
            prometheus=f"http://127.0.0.1:{ports['TRACKLIFT_PROMETHEUS_PORT']}",
        )
