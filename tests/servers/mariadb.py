"""MySQL, or MariaDB in its place."""

import asyncio
import getpass
import subprocess
import threading
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncmy
from typing_extensions import override

from tests.servers.errors import ServersUnavailableError, last_lines
from tests.servers.native_process import NativeProcess
from tests.servers.server import Endpoint

ADMINISTRATOR, USER, PASSWORD = "root", "tracklift", "tracklift-dev"

_MYSQL_SQL_MODE = (
    "ONLY_FULL_GROUP_BY,STRICT_TRANS_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,"
    "ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION"
)
"""What MySQL 8.4 has by default, so that MariaDB refuses what MySQL refuses."""


@dataclass(frozen=True)
class MySqlEndpoint(Endpoint):
    """A server on the loopback address. Tests connect as a user who may use their database and no other."""

    port: int

    @property
    @override
    def label(self) -> str:
        return "MySQL"

    @override
    def prepare(self) -> None:
        self.execute("SELECT 1")

    @override
    def url(self, name: str) -> str:
        return f"mysql://{USER}:{PASSWORD}@127.0.0.1:{self.port}/{name}"

    @override
    def create(self, name: str) -> None:
        self.execute(f"CREATE DATABASE IF NOT EXISTS `{name}` CHARACTER SET utf8mb4")
        self.execute(f"GRANT ALL ON `{name}`.* TO '{USER}'@'%'")

    @override
    def drop(self, name: str) -> None:
        self.execute(f"DROP DATABASE IF EXISTS `{name}`")
        self.execute(f"REVOKE ALL ON `{name}`.* FROM '{USER}'@'%'")

    def version(self) -> str:
        """Ask for the server's version; MariaDB's says that it is MariaDB."""
        return str(self.execute("SELECT VERSION()")[0][0])

    def execute(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement as administrator and give its rows."""
        outcome: Future[list[tuple[Any, ...]]] = Future()

        def run() -> None:
            try:
                outcome.set_result(asyncio.run(self._execute(statement)))
            except Exception as error:  # noqa: BLE001  handed to the waiting thread
                outcome.set_exception(error)

        # In a thread, because the caller's thread may have an event loop.
        threading.Thread(target=run).start()
        return outcome.result()

    async def _execute(self, statement: str) -> list[tuple[Any, ...]]:
        async with (
            asyncmy.connect(
                host="127.0.0.1",
                port=self.port,
                user=ADMINISTRATOR,
                password=PASSWORD,
                charset="utf8mb4",
                autocommit=True,
                connect_timeout=2,
            ) as connection,
            connection.cursor() as cursor,
        ):
            await cursor.execute(statement)
            return list(await cursor.fetchall())


class MariaDb(NativeProcess):
    """A private `mariadbd`. Each commit is on disk when it is acknowledged."""

    def __init__(self, folder: Path, library_path: str, program: Path, port: int) -> None:
        super().__init__(folder, library_path)
        self._program = program
        self._port = port
        self._share = _share(program)

    @override
    def lay_out(self) -> None:
        """Fill the data folder with MariaDB's own tables, as its `mariadb-install-db` does, and name the users."""
        super().lay_out()
        tables = [
            "CREATE DATABASE mysql;",
            "USE mysql;",
            *(
                (self._share / f"{part}.sql").read_text(encoding="utf-8")
                for part in ("mysql_system_tables", "mysql_performance_tables", "mysql_system_tables_data")
            ),
        ]
        with self.log.open("ab") as log:
            done = subprocess.run(
                [*self._base(), "--bootstrap", "--enforce-storage-engine=", "--max-allowed-packet=8M"],
                input="\n".join(tables).encode(),
                stdout=log,
                stderr=subprocess.STDOUT,
                env=self.environment(),
                check=False,
            )
        if done.returncode != 0:
            raise ServersUnavailableError(
                f"MariaDB could not make its own tables. The end of its log:\n{last_lines(self.log)}"
            )
        administrator, user = f"'{ADMINISTRATOR}'@'127.0.0.1'", f"'{USER}'@'%'"
        (self.folder / "users.sql").write_text(
            # A new server has this administrator already, with another way to log in.
            f"CREATE OR REPLACE USER {administrator} IDENTIFIED BY '{PASSWORD}';\n"
            f"GRANT ALL ON *.* TO {administrator} WITH GRANT OPTION;\n"
            f"CREATE USER IF NOT EXISTS {user} IDENTIFIED BY '{PASSWORD}';\n",
            encoding="utf-8",
        )

    @override
    def command(self) -> list[str]:
        return [
            *self._base(),
            "--bind-address=127.0.0.1",
            f"--port={self._port}",
            f"--socket={self.folder / 'socket'}",
            f"--pid-file={self.folder / 'pid'}",
            f"--init-file={self.folder / 'users.sql'}",
            "--character-set-server=utf8mb4",
            f"--sql-mode={_MYSQL_SQL_MODE}",
            "--skip-name-resolve",
            "--max-connections=200",
            # Said although it is the default: tests kill the server and look for what was committed.
            "--innodb-flush-log-at-trx-commit=1",
        ]

    def _base(self) -> list[str]:
        return [
            str(self._program),
            "--no-defaults",
            f"--basedir={self._program.parent.parent}",
            f"--datadir={self.data}",
            f"--tmpdir={self.folder}",
            f"--lc-messages-dir={self._share}",
            f"--character-sets-dir={self._share / 'charsets'}",
            f"--user={getpass.getuser()}",
            "--innodb-buffer-pool-size=64M",
            "--innodb-log-file-size=32M",
        ]


def _share(program: Path) -> Path:
    candidates = [program.parent.parent / "share" / name for name in ("mysql", "mariadb")]
    for candidate in candidates:
        if (candidate / "mysql_system_tables.sql").exists():
            return candidate
    raise ServersUnavailableError(
        f"{program} was found, but not the SQL files that belong to it, in {candidates}"
    )
