"""Which servers a run uses."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from tests.servers.compose import compose_servers, images, why_not_compose
from tests.servers.errors import ServersUnavailableError
from tests.servers.native import native_servers
from tests.servers.programs import Programs, find_programs
from tests.servers.servers import Servers

VARIABLE = "TRACKLIFT_TEST_SERVERS"
"""The environment variable that names a kind: `compose`, `native`, or `auto`, which is the default."""


@dataclass(frozen=True)
class Choice:
    """A kind of servers that can be had on this machine."""

    programs: Programs | None
    """Those of the native servers; none means containers."""

    def describe(self) -> str:
        """Name the kind and its versions, for people."""
        if self.programs is None:
            return f"compose ({', '.join(images())})"
        return f"native ({self.programs.describe()})"

    @contextmanager
    def servers(self) -> Iterator[Servers]:
        """Lay out servers that `start` starts and of which nothing is left afterwards."""
        with compose_servers() if self.programs is None else native_servers(self.programs) as servers:
            yield servers


def choose() -> Choice:
    """Take containers where a Docker engine answers and has or gets the images; else private processes.

    Fetches what is missing, which takes a while the first time.

    Raises:
        ServersUnavailableError: there is no way to get servers, or not the way that was asked for.
    """
    wanted = os.environ.get(VARIABLE, "auto")
    if wanted not in {"auto", "compose", "native"}:
        raise ServersUnavailableError(f"{VARIABLE} is {wanted!r}; it can be auto, compose or native.")
    if wanted != "native":
        hindrance = why_not_compose()
        if hindrance is None:
            return Choice(programs=None)
        if wanted == "compose":
            raise ServersUnavailableError(f"{VARIABLE} asks for compose, but {hindrance}.")
    return Choice(programs=find_programs())
