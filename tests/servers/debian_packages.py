"""Programs from the packages of Debian or Ubuntu, unpacked into a folder: nothing is installed, no root is needed."""

import getpass
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tests.servers.errors import ServersUnavailableError

_ERL = """\
#!/bin/sh
# Erlang's own script knows one place only, /usr/lib/erlang.
ROOTDIR=$(cd "$(dirname "$0")/../usr/lib/erlang" && pwd)
BINDIR=$(echo "$ROOTDIR"/erts-*/bin)
EMU=beam
PROGNAME=erl
export ROOTDIR BINDIR EMU PROGNAME
exec "$BINDIR/erlexec" "$@"
"""


def can_unpack() -> bool:
    """Whether this machine has Debian's tools."""
    return all(shutil.which(tool) for tool in ("apt-get", "dpkg-deb"))


def unpack(packages: Sequence[str], target: Path) -> None:
    """Unpack the packages, and what they need and the machine lacks, into the folder `target`, which is made.

    Raises:
        ServersUnavailableError: a package can't be had.
    """
    apt = _PrivateApt(target.with_name(f"{target.name}.apt"))
    debs = apt.download(packages)
    for deb in debs:
        _run(["dpkg-deb", "--extract", str(deb), str(target)])
    if (target / "usr/lib/erlang").exists():
        _make_erlang_movable(target)
    apt.remove()


def _make_erlang_movable(root: Path) -> None:
    programs = root / "bin"
    programs.mkdir(exist_ok=True)
    (programs / "erl").write_text(_ERL, encoding="ascii")
    (programs / "erl").chmod(0o755)
    (programs / "epmd").symlink_to("../usr/lib/erlang/bin/epmd")


class _PrivateApt:
    """The machine's package sources, with lists and downloads in a folder of our own."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        for part in ("lists/partial", "cache/archives/partial", "debs"):
            (folder / part).mkdir(parents=True, exist_ok=True)
        self._command = [
            "apt-get",
            "-qq",
            *("-o", f"Dir::State::Lists={folder / 'lists'}"),
            *("-o", f"Dir::Cache={folder / 'cache'}"),
            *("-o", "Acquire::Languages=none"),
            *("-o", "Acquire::Retries=3"),
            *("-o", "APT::Install-Recommends=false"),
            *("-o", "APT::Get::Show-User-Simulation-Note=false"),
            # As the current user: apt's own user can't write here.
            *("-o", f"APT::Sandbox::User={getpass.getuser()}"),
            *("-o", "Debug::NoLocking=true"),
        ]

    def download(self, packages: Sequence[str]) -> list[Path]:
        # Its outcome is not looked at: a source that does not answer may not be the one that is needed.
        subprocess.run([*self._command, "update"], capture_output=True, check=False)
        names = []
        for line in _run([*self._command, "--simulate", "install", *packages]).splitlines():
            # "Inst name (version …" is missing here; "Inst name [present version] (version …" is good enough.
            words = line.split()
            if words[:1] == ["Inst"] and not words[2].startswith("["):
                names.append(words[1])
        if names:
            _run([*self._command, "download", *names], folder=self._folder / "debs")
        return sorted((self._folder / "debs").glob("*.deb"))

    def remove(self) -> None:
        shutil.rmtree(self._folder)


def _run(command: Sequence[str], folder: Path | None = None) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise ServersUnavailableError(f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout
