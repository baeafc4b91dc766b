"""What tests see of extractions at work from outside."""

import contextlib
import os
import signal
from pathlib import Path

LONG = "three-minutes"
"""A sample on which an engine works for half a second: long enough to be killed, frozen or cut off."""


def jobs(scratch: Path) -> list[Path]:
    """Give the folders of the extractions that have one in a converter's scratch folder."""
    return list(scratch.glob("*"))


def freeze_programs(scratch: Path) -> int:
    """Stop all programs of extractions as they are, and give how many there are."""
    return _signal_programs(scratch, signal.SIGSTOP)


def thaw_programs(scratch: Path) -> int:
    """Let all programs of extractions go on, and give how many there are."""
    return _signal_programs(scratch, signal.SIGCONT)


def _signal_programs(scratch: Path, number: signal.Signals) -> int:
    programs = _programs(scratch)
    for pid in programs:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
    return len(programs)


def _programs(scratch: Path) -> list[int]:
    return [int(path.name) for path in Path("/proc").glob("[0-9]*") if _works_in(scratch, path)]


def _works_in(scratch: Path, process: Path) -> bool:
    try:
        return (process / "cwd").readlink().is_relative_to(scratch)
    except OSError:
        return False  # Gone meanwhile, or somebody else's.
