"""The backup and the restore of the guide, by its own scripts, for servers that are private processes."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from tests.servers.mysql_clients import mysql_clients
from tests.servers.native_process import NativeProcess
from tests.servers.server import Control
from tests.services.stage import Stage

SCRIPTS = Path(__file__).resolve().parents[2] / "deploy" / "backup"


class Backup:
    """A folder that gets the copies of both databases."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        self._stage = stage
        self._mongodb = folder / "mongodb"
        self._mysql = folder / "mysql.sql.gz"
        url = urlsplit(stage.mysql_url)
        self.database = url.path.removeprefix("/")
        self._options = folder / "client.cnf"
        self._options.write_text(
            f"[client]\nhost={url.hostname}\nport={url.port}\nuser={url.username}\npassword={url.password}\n"
        )
        self._options.chmod(0o600)
        self._clients = mysql_clients()

    def copy_mongodb(self) -> None:
        """Copy MongoDB's data folder."""
        data = _process(self._stage.servers.mongodb.control).data
        url = {"TRACKLIFT_MONGODB_URL": self._stage.mongodb_url}
        _run([sys.executable, str(SCRIPTS / "copy-mongodb"), str(data), str(self._mongodb)], os.environ | url)

    def dump_mysql(self) -> None:
        """Dump the users."""
        _run(
            [str(SCRIPTS / "dump-mysql"), str(self._options), self.database, str(self._mysql)], self._clients
        )

    def restore(self) -> None:
        """Bring both back to servers that never ran, beside a broker that never ran."""
        servers = self._stage.servers
        data = _process(servers.mongodb.control).data
        _run([str(SCRIPTS / "restore-mongodb"), str(self._mongodb), str(data)], os.environ)
        servers.start()
        servers.mysql.endpoint.create(self.database)
        servers.rabbitmq.endpoint.create(urlsplit(self._stage.rabbitmq_url).path.removeprefix("/"))
        _run(
            [str(SCRIPTS / "restore-mysql"), str(self._options), self.database, str(self._mysql)],
            self._clients,
        )

    def user_ids(self) -> set[str]:
        """Ask MySQL for the users, as the guide does."""
        query = ["--batch", "--skip-column-names", "--execute=SELECT id FROM users"]
        command = ["mysql", f"--defaults-extra-file={self._options}", *query, self.database]
        return set(_run(command, self._clients).split())


def lose_everything(stage: Stage) -> None:
    """Kill services and servers at once, and remove what the servers had on disk."""
    for service in stage.services.all:
        service.end()
    servers = stage.servers
    for control in (servers.mongodb.control, servers.mysql.control, servers.rabbitmq.control):
        process = _process(control)
        process.kill()
        shutil.rmtree(process.data)


def _process(control: Control) -> NativeProcess:
    assert isinstance(control, NativeProcess)
    return control


def _run(command: list[str], environment: Mapping[str, str]) -> str:
    # By the path that the command itself gets, which may hold private copies.
    program = shutil.which(command[0], path=environment.get("PATH")) or command[0]
    done = subprocess.run(
        [program, *command[1:]], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}:\n{done.stdout}{done.stderr}"
    return done.stdout
