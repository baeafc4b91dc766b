"""Servers as containers: compose.servers.yaml, through pytest-docker, under a project name and on ports of its own."""

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pytest_docker.plugin import DockerComposeExecutor, get_docker_services
from typing_extensions import override

from tests.servers.mariadb import MySqlEndpoint
from tests.servers.mongodb import MongoDbEndpoint
from tests.servers.ports import free_port
from tests.servers.rabbitmq import RabbitMqEndpoint
from tests.servers.server import Control, Server
from tests.servers.servers import NAMES, Servers

COMPOSE_FILE = Path(__file__).resolve().parents[2] / "compose.servers.yaml"
_PULL_TIMEOUT = 600
"""Seconds for one image."""


def why_not_compose() -> str | None:
    """Say why containers can't be had, or nothing when they can: pulls the images that are missing."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    if not _succeeds("docker", "info"):
        return "no Docker engine answers"
    if not _succeeds("docker", "compose", "version"):
        return "Docker has no Compose"
    for image in images():
        if not _succeeds("docker", "image", "inspect", image) and not _succeeds("docker", "pull", image):
            return f"the image {image} is not here and can't be pulled"
    return None


def images() -> list[str]:
    """Name the images of the servers that tests use."""
    command = ["docker", "compose", "--file", str(COMPOSE_FILE), "config", "--format", "json"]
    services = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)["services"]
    return [str(services[name]["image"]) for name in NAMES]


@contextmanager
def compose_servers() -> Iterator[Servers]:
    """Make a Compose project with fresh volumes; `start` starts its services. Afterwards nothing is left of it."""
    # Fixed, since Docker would give a container other ports at each start.
    ports = {
        name: free_port()
        for name in (
            "TRACKLIFT_MYSQL_PORT",
            "TRACKLIFT_MONGODB_PORT",
            "TRACKLIFT_RABBITMQ_PORT",
            "TRACKLIFT_RABBITMQ_MANAGEMENT_PORT",
        )
    }
    variables = {**ports, "TRACKLIFT_HEALTH_INTERVAL": "24h"}
    command = shlex.join(
        ["env", *(f"{name}={value}" for name, value in variables.items()), "docker", "compose"]
    )
    project = f"tracklift-tests-{os.getpid()}"
    compose = DockerComposeExecutor(command, str(COMPOSE_FILE), project)
    set_up, clean_up = "create --quiet-pull " + " ".join(NAMES), "down --volumes --timeout 1"
    with get_docker_services(command, str(COMPOSE_FILE), project, set_up, clean_up):
        yield Servers(
            description=f"compose ({', '.join(images())})",
            mongodb=Server(
                MongoDbEndpoint(port=ports["TRACKLIFT_MONGODB_PORT"], member="mongodb:27017"),
                ComposeService(compose, "mongodb"),
            ),
            mysql=Server(MySqlEndpoint(port=ports["TRACKLIFT_MYSQL_PORT"]), ComposeService(compose, "mysql")),
            rabbitmq=Server(
                RabbitMqEndpoint(
                    port=ports["TRACKLIFT_RABBITMQ_PORT"],
                    management_port=ports["TRACKLIFT_RABBITMQ_MANAGEMENT_PORT"],
                ),
                ComposeService(compose, "rabbitmq"),
            ),
        )


class ComposeService(Control):
    """The container of one service."""

    def __init__(self, compose: DockerComposeExecutor, service: str) -> None:
        self._compose = compose
        self._service = service
        # Remembered, since to ask Docker before each test takes longer than most tests.
        self._started = False
        self._paused = False

    @property
    @override
    def running(self) -> bool:
        return self._output(f"ps --all --format '{{{{.State}}}}' {self._service}").strip() in {
            "running",
            "paused",
        }

    @override
    def start(self) -> None:
        if not self._started:
            # With --wait, for the health check makes MongoDB's replica set.
            self._compose.execute(f"up --detach --wait --no-recreate --no-deps {self._service}")
            self._started = True

    @override
    def stop(self) -> None:
        self.resume()
        self._compose.execute(f"stop {self._service}")
        self._started = False

    @override
    def kill(self) -> None:
        if self._started:
            self.resume()
            self._compose.execute(f"kill --signal SIGKILL {self._service}")
            self._started = False

    @override
    def pause(self) -> None:
        self._compose.execute(f"pause {self._service}")
        self._paused = True

    @override
    def resume(self) -> None:
        if self._paused:
            self._compose.execute(f"unpause {self._service}")
            self._paused = False

    @override
    def log_tail(self) -> str:
        self.resume()  # Docker waits for ever for the log of a frozen container.
        return self._output(f"logs --no-color --tail 40 {self._service}")

    def _output(self, command: str) -> str:
        output: Any = self._compose.execute(command)
        return bytes(output).decode(errors="replace")


def _succeeds(*command: str) -> bool:
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_PULL_TIMEOUT)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0
