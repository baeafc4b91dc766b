"""Servers as private processes of this machine."""

import shutil
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from tests.servers.mariadb import MariaDb, MySqlEndpoint
from tests.servers.mongodb import Mongod, MongoDbEndpoint
from tests.servers.native_process import NativeProcess
from tests.servers.ports import free_port
from tests.servers.programs import Programs
from tests.servers.rabbitmq import RabbitMq, RabbitMqEndpoint
from tests.servers.server import Server
from tests.servers.servers import Servers


@contextmanager
def native_servers(programs: Programs) -> Iterator[Servers]:
    """Lay servers out in a temporary folder; `start` starts them. Afterwards nothing is left of them."""
    # Short, because the path of a socket has at most 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="tracklift-servers-"))
    port = free_port()
    mongod = Mongod(folder / "mongodb", programs.library_path, programs.mongod, port)
    mongodb = Server(MongoDbEndpoint(port=port, member=f"127.0.0.1:{port}"), mongod)

    port = free_port()
    mariadb = MariaDb(folder / "mysql", programs.library_path, programs.mariadbd, port)
    mysql = Server(MySqlEndpoint(port=port), mariadb)

    ports = (free_port(), free_port(), free_port(), free_port())
    broker = RabbitMq(
        folder / "rabbitmq", programs.library_path, programs.rabbitmq_server, programs.erlang, ports
    )
    rabbitmq = Server(RabbitMqEndpoint(port=ports[0], management_port=ports[1]), broker)

    processes: list[NativeProcess] = [mongod, mariadb, broker]
    try:
        yield Servers(
            description=f"native ({programs.describe()})", mongodb=mongodb, mysql=mysql, rabbitmq=rabbitmq
        )
    finally:
        with ThreadPoolExecutor() as pool:
            list(pool.map(lambda process: process.close(), processes))
        shutil.rmtree(folder)
