"""What tests see of extractions at work from outside."""

import contextlib
import os
import signal
from pathlib import Path


def jobs(scratch: Path) -> list[Path]:
    """Give the folders of the extractions that have one in a converter's scratch folder."""
    return list(scratch.glob("*"))


def freeze_programs(scratch: Path) -> int:
    """Stop all programs of extractions as they are, and give how many there are."""
    programs = _programs(scratch)
    for pid in programs:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGSTOP)
    return len(programs)


def _programs(scratch: Path) -> list[int]:
    mark = f"TMPDIR={scratch}/".encode()
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if mark in _environment(path)]


def _environment(process: Path) -> bytes:
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""  # Gone meanwhile, or somebody else's.
