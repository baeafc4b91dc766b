"""What an extraction may leave behind: processes, folders, open files."""

import asyncio
import ctypes
import os
from pathlib import Path

_SET_CHILD_SUBREAPER = 36


class Traces:
    """Looks for traces of extractions that worked in a scratch folder.

    From now on this process is a subreaper: it becomes the parent of orphaned descendants, as the first process of a
    container does. So a process that was not waited for is found as a child of this one.
    """

    def __init__(self, scratch: Path) -> None:
        self._scratch = scratch
        ctypes.CDLL(None).prctl(_SET_CHILD_SUBREAPER, 1)
        self._children_before = set(_children())

    def left(self) -> list[str]:
        """Describe what is left."""
        return [
            *(f"folder {path}" for path in self._scratch.glob("*")),
            *(f"process {pid} {_command(pid)}" for pid in self.children()),
            *(f"process {pid} {_command(pid)}" for pid in self.processes()),
            *self._open_files(),
        ]

    def children(self) -> list[int]:
        """Return the children that this process has since, including zombies."""
        return sorted(set(_children()) - self._children_before)

    def processes(self) -> list[int]:
        """Return the processes that work in the scratch folder."""
        return [int(path.name) for path in Path("/proc").glob("[0-9]*") if self._works_here(path)]

    def _works_here(self, process: Path) -> bool:
        if f"TMPDIR={self._scratch}".encode() in _read(process / "environ"):
            return True
        try:
            return (process / "cwd").readlink().is_relative_to(self._scratch)
        except OSError:
            return False  # It has ended meanwhile, or belongs to another user.

    def _open_files(self) -> list[str]:
        targets = []
        for descriptor in Path("/proc/self/fd").iterdir():
            try:
                targets.append(str(descriptor.readlink()))
            except OSError:
                continue  # The one that lists the folder.
        return [f"open file {target}" for target in targets if target.startswith(str(self._scratch))]


def await_death(child: int) -> None:
    """Wait until a child has ended, without reaping it: the event loop does not know yet."""
    os.waitid(os.P_PID, child, os.WEXITED | os.WNOWAIT)


async def wait_for_end(child: int) -> None:
    """Wait until the event loop has reaped a child."""
    while Path(f"/proc/{child}").exists():  # noqa: ASYNC240 - there is nothing else to wait for
        await asyncio.sleep(0.005)


def reap(processes: list[int]) -> None:
    """Reap processes that this one inherited, as the first one of a container would."""
    for process in processes:
        os.waitpid(process, 0)


def _children() -> list[int]:
    return [
        int(path.name)
        for path in Path("/proc").glob("[0-9]*")
        # Behind the name in brackets come the state and the parent.
        if _read(path / "stat").rpartition(b")")[2].split()[1:2] == [str(os.getpid()).encode()]
    ]


def _command(pid: int) -> str:
    return _read(Path(f"/proc/{pid}/stat")).decode(errors="replace")


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""  # It has ended meanwhile, or belongs to another user.
