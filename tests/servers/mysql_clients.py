"""MySQL's client programs, for those who dump and load: those on the path, else a private copy of MariaDB's."""

import os
import shutil
from collections.abc import Mapping

from tests.servers.programs import debian_root


def mysql_clients() -> Mapping[str, str]:
    """Give the environment in which `mysqldump` and `mysql` are found.

    Raises:
        ServersUnavailableError: they are missing and can't be fetched.
    """
    if shutil.which("mysqldump") and shutil.which("mysql"):
        return dict(os.environ)
    root = debian_root(["mariadb-client"])
    libraries = [str(folder) for start in ("usr/lib", "lib") for folder in (root / start).glob("*-linux-gnu")]
    return {
        **os.environ,
        "PATH": f"{root / 'usr/bin'}:{os.environ.get('PATH', os.defpath)}",
        "LD_LIBRARY_PATH": ":".join(libraries),
    }
