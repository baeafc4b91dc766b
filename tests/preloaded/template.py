"""A process that has imported apps and has done nothing yet, and forks processes that go on from there.

Arguments: the names of the apps' packages, as for `python -m`. Standard input is a socket. A message on it is the
length of a JSON object, and the object: the package, the arguments, the environment and the folder of a new process, of
which the descriptors for standard input, output and error come along. The answer is the process id of the new one,
which is a child of this one's parent.
"""

import atexit
import gc
import importlib
import json
import os
import pkgutil
import runpy
import socket
import struct
import sys
import tempfile
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

from litestar import Litestar

from tracklift_adapters.extraction_process.fork_server.fork_as_sibling import fork_as_sibling

_IMPORTED_LATE = (
    "anyio._backends._asyncio",
    "sqlalchemy.dialects.mysql.asyncmy",
    "sqlalchemy.dialects.sqlite.aiosqlite",
    "swagger_ui",
    "uvicorn.lifespan.on",
    "uvicorn.protocols.http.httptools_impl",
)
"""What libraries and apps import at their first use, by the names that they find in settings."""
NUMBER = struct.Struct("!I")
READY = b"ready\n"


def main() -> None:
    """Fork for each message, and in the fork run the app that it names."""
    control = socket.socket(fileno=os.dup(0))
    _import_apps(sys.argv[1:])
    # Then the garbage collector does not copy memory that the forks share.
    gc.collect()
    gc.freeze()
    control.sendall(READY)
    order = _serve(control)
    control.close()
    os.environ.clear()
    os.environ.update(order["environment"])
    os.chdir(order["folder"])
    # What `python -m` would have, and what depends on variables.
    package = order["package"]
    sys.argv = [package, *order["arguments"]]
    sys.path[0] = order["folder"]
    tempfile.tempdir = None
    _run(package)


def _run(package: str) -> NoReturn:
    """Run an app and end as the interpreter does, but free nothing: that would copy all memory that the forks share."""
    code: object = 0
    try:
        runpy.run_module(package, run_name="__main__", alter_sys=True)
    except SystemExit as end:
        code = 0 if end.code is None else end.code
    if not isinstance(code, int):
        raise SystemExit(code)  # A text, which the interpreter is to show.
    threading._shutdown()  # type: ignore[attr-defined]  # waits for the threads that are no daemons
    atexit._run_exitfuncs()
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    except OSError:
        raise SystemExit(code) from None  # The interpreter knows what to say of it.
    os._exit(code)


def _import_apps(packages: Sequence[str]) -> None:
    """Import all modules of apps, as commands import some when they run.

    `__main__` is not kept under that name, as it has yet to run.
    """
    for package in packages:
        for module in pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}."):
            importlib.import_module(module.name)
        del sys.modules[f"{package}.__main__"]
    for name in _IMPORTED_LATE:
        importlib.import_module(name)
    # It imports much, for the forms of data that the installed libraries have, when the first application is made.
    Litestar(logging_config=None)


def _serve(control: socket.socket) -> dict[str, Any]:
    """Answer messages with process ids; return only in a fork, with its standard streams set: what it is to do."""
    while True:
        try:
            header, descriptors, _, _ = socket.recv_fds(control, NUMBER.size, 3, socket.MSG_WAITALL)
        except KeyboardInterrupt:
            header = b""  # The tests have it as well, and end.
        if not header:
            raise SystemExit
        (length,) = NUMBER.unpack(header)
        order = json.loads(control.recv(length, socket.MSG_WAITALL))
        process = fork_as_sibling()
        if process == 0:
            for standard, descriptor in enumerate(descriptors):
                os.dup2(descriptor, standard)
        for descriptor in descriptors:
            os.close(descriptor)
        if process == 0:
            return dict(order)
        control.sendall(NUMBER.pack(process))


if __name__ == "__main__":
    main()
